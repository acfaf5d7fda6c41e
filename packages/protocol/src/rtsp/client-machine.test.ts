// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromUtf8, utf8 } from '../base/bytes.ts'
import { DigestVerifier } from '../digest/verifier.ts'
import type { RtspAction, RtspClientOptions } from './client-api.ts'
import { MAX_ASKED, MAX_REDIRECTS, RtspClientMachine } from './client-machine.ts'
import { encodeInterleaved } from './interleaved.ts'
import { decodeMessage, encodeRequest, encodeResponse, type RtspRequest, type RtspResponseInit } from './message.ts'
import { RtspServerMachine } from './server-machine.ts'

const url = 'rtsp://192.0.2.1/Streaming/Channels/101'
const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=Media Presentation',
  't=0 0',
  `a=control:${url}/`,
  'm=video 0 RTP/AVP 96',
  `a=control:${url}/trackID=1?transportmode=unicast`,
  'a=rtpmap:96 H264/90000',
  'a=recvonly',
  'm=audio 0 RTP/AVP 8',
  'a=control:trackID=2',
  'a=recvonly',
  '',
].join('\r\n')
const ear = 'm=audio 0 RTP/AVP 0\r\na=control:trackID=3\r\na=sendonly\r\n'

const hash = (name: string, text: string): string =>
  createHash(name.toLowerCase().replace('-', '')).update(text).digest('hex')
const credentials = { username: 'admin', password: 'secret' }
const packet = Uint8Array.from({ length: 20 }, (_, i) => (i === 0 ? 0x80 : i))

/** The client's talk with a camera written as a table: what it answers to the n-th request of a method. */
class Talk {
  readonly machine: RtspClientMachine
  readonly asked: RtspRequest[] = []
  readonly heard: string[] = []
  readonly media: string[] = []
  end: RtspAction | undefined
  readonly answer: (request: RtspRequest, count: number) => (RtspResponseInit & { before?: Uint8Array }) | undefined

  constructor(answer: Talk['answer'], options: Partial<RtspClientOptions> = {}) {
    this.answer = answer
    this.machine = new RtspClientMachine({
      url,
      hash,
      cnonce: () => 'c0ffee',
      transport: 'tcp',
      onMedia: (track, bytes, isRtcp) => this.media.push(`${track}${isRtcp ? ' rtcp' : ''} ${bytes.length}`),
      ...options,
    })
  }

  perform(actions: readonly RtspAction[], nowMs = 0): this {
    for (const action of actions) {
      this.heard.push(action.do)
      if (action.do === 'send') this.#camera(action.bytes, nowMs)
      if (action.do === 'openUdp')
        this.perform(this.machine.udpOpened(action.track, [5000 + 2 * action.track, 5001 + 2 * action.track]), nowMs)
      if (action.do === 'fail' || action.do === 'closed' || action.do === 'redirect') this.end = action
    }
    return this
  }

  #camera(bytes: Uint8Array, nowMs: number): void {
    const request = decodeMessage(bytes)
    if (request.kind !== 'request') return
    this.asked.push(request)
    const count = this.asked.filter(({ method }) => method === request.method).length
    const answer = this.answer(request, count)
    if (!answer) return
    const headers = [['CSeq', request.headers.get('CSeq') ?? ''] as const, ...(answer.headers ?? [])]
    const reply = encodeResponse({ ...answer, headers })
    this.perform(this.machine.receive(answer.before ? concat([answer.before, reply]) : reply, nowMs), nowMs)
  }

  get methods(): string[] {
    return this.asked.map(({ method }) => method)
  }
  get code(): string | undefined {
    return this.end?.do === 'fail' ? this.end.error.code : undefined
  }
}

const session = ['Session', '       129;timeout=60'] as const
const plays: Talk['answer'] = ({ method, headers }) => {
  const transport = ['Transport', `${headers.get('Transport')};ssrc= 1a2b;mode="play"`] as const
  switch (method) {
    case 'OPTIONS':
      return { status: 200, headers: [['Public', 'OPTIONS, DESCRIBE, PLAY, SETUP, TEARDOWN, GET_PARAMETER']] }
    case 'DESCRIBE':
      return {
        status: 200,
        headers: [
          ['Content-Type', 'application/sdp'],
          ['Content-Base', `${url}/`],
        ],
        body: sdp,
      }
    case 'SETUP':
      return { status: 200, headers: [session, transport] }
    default:
      return { status: 200, headers: [session] }
  }
}
/** `plays`, but for what `other` answers. */
const but =
  (other: Talk['answer']): Talk['answer'] =>
  (request, count) =>
    other(request, count) ?? plays(request, count)
const start = (answer: Talk['answer'], options: Partial<RtspClientOptions> = {}): Talk => {
  const talk = new Talk(answer, options)
  return talk.perform(talk.machine.start(0))
}

describe('RTSP client machine, RFC 2326 §10', () => {
  it('plays over TCP, keeps alive, says goodbye', () => {
    const talk = start(plays)
    expect(talk.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY'])
    expect(talk.asked.map((request) => request.url).slice(2)).toEqual([
      `${url}/trackID=1?transportmode=unicast`,
      `${url}/trackID=2`,
      `${url}/`,
    ])
    expect(talk.asked[3]!.headers.get('Session')).toBe('129')
    expect(talk.machine.state).toBe('playing')
    talk.machine.receive(encodeInterleaved(0, [packet]), 1000)
    talk.machine.receive(encodeInterleaved(3, [packet]), 1000)
    talk.machine.receive(encodeInterleaved(9, [packet]), 1000)
    expect(talk.media).toEqual(['0 20', '1 rtcp 20'])
    expect(talk.machine.strayPackets).toBe(1)
    talk.machine.receive(encodeInterleaved(0, [packet]), 29_000)
    talk.perform(talk.machine.tick(31_000), 31_000)
    expect(talk.methods.at(-1)).toBe('GET_PARAMETER')
    talk.perform(talk.machine.teardown(32_000), 32_000)
    expect(talk.methods.at(-1)).toBe('TEARDOWN')
    expect(talk.end).toEqual({ do: 'closed' })
    expect(talk.machine.teardown(33_000)).toEqual([])
  })

  it('plays over UDP with the ports it is given', () => {
    const talk = start(plays, { transport: 'udp', wants: ['video'] })
    expect(talk.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY'])
    expect(talk.asked[2]!.headers.get('Transport')).toBe('RTP/AVP;unicast;client_port=5000-5001')
    talk.machine.receiveUdp(0, packet, false, 5)
    expect(talk.media).toEqual(['0 20'])
  })

  it('takes the channels that are granted, and media before the answer to PLAY', () => {
    const talk = start(
      but(({ method }, count) => {
        if (method === 'SETUP')
          return {
            status: 200,
            headers: [session, ['Transport', `RTP/AVP/TCP;interleaved=${20 * count}-${20 * count + 1}`]],
          }
        return method === 'PLAY' ? { status: 200, before: encodeInterleaved(40, [packet]) } : undefined
      }),
    )
    expect(talk.media).toEqual(['1 20'])
    expect(talk.heard.at(-1)).toBe('playing')
  })

  it('answers with its own digest for every request, and once', () => {
    const verifier = new DigestVerifier({
      realm: 'cam',
      algorithms: ['MD5'],
      qop: false,
      hash,
      nonce: () => 'n',
      nonceLifeMs: 1e9,
    })
    const server = new RtspServerMachine({
      sessionId: () => 'abcdef0123456789',
      login: { verifier, lookup: (user) => (user === 'admin' ? 'secret' : undefined) },
      hooks: {
        describe: () => sdp,
        setup: ({ url: asked }) => ({ track: asked.includes('trackID=1') ? 1 : 2 }),
        play: () => ({}),
      },
    })
    const play = (password: string): { client: RtspClientMachine; sent: string[]; codes: string[] } => {
      const sent: string[] = []
      const codes: string[] = []
      const client = new RtspClientMachine({
        url,
        credentials: { ...credentials, password },
        hash,
        cnonce: () => 'c',
        transport: 'tcp',
        onMedia: () => {},
      })
      let actions: readonly RtspAction[] = client.start(0)
      while (actions.length > 0) {
        const replies: Uint8Array[] = []
        for (const action of actions) {
          if (action.do === 'fail') codes.push(action.error.code)
          if (action.do !== 'send') continue
          sent.push(fromUtf8(action.bytes).split(' ', 1)[0]!)
          for (const back of server.receive(action.bytes, 0)) if (back.do === 'send') replies.push(back.bytes)
        }
        actions = client.receive(concat(replies), 0)
      }
      return { client, sent, codes }
    }
    const right = play('secret')
    expect(right.client.state).toBe('playing')
    expect(right.sent).toEqual(['OPTIONS', 'DESCRIBE', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY'])
    const wrong = play('wrong')
    expect(wrong.sent).toEqual(['OPTIONS', 'DESCRIBE', 'DESCRIBE'])
    expect(wrong.codes).toEqual(['rtsp.unauthorized'])
  })

  const digest = (more = '') => [['WWW-Authenticate', `Digest realm="cam", nonce="n"${more}`]] as const
  it.each([
    ['no credentials', {}, () => ({ status: 401, headers: digest() }), 1, 'rtsp.unauthorized'],
    ['a wrong password', { credentials }, () => ({ status: 401, headers: digest() }), 2, 'rtsp.unauthorized'],
    [
      'stale without end',
      { credentials },
      () => ({ status: 401, headers: digest(', stale=TRUE') }),
      3,
      'rtsp.unauthorized',
    ],
    [
      'Basic alone',
      { credentials },
      () => ({ status: 401, headers: [['WWW-Authenticate', 'Basic realm="x"']] }),
      1,
      'rtsp.login-scheme',
    ],
    ['nothing', { credentials }, () => ({ status: 401 }), 1, 'rtsp.login-scheme'],
  ] as const)('gives a login up after %s', (_, options, answer, tries, code) => {
    const talk = start(
      but(({ method }) => (method === 'DESCRIBE' ? answer() : undefined)),
      options,
    )
    expect(talk.methods.filter((method) => method === 'DESCRIBE')).toHaveLength(tries)
    expect(talk.code).toBe(code)
  })

  it('takes one new nonce for each request, once the password is proven', () => {
    const talk = start(
      but(({ method, headers }, count) => {
        const isNew = method === 'DESCRIBE' || method === 'SETUP' || method === 'PLAY'
        return isNew && count % 2 === 1 ? { status: 401, headers: digest(headers.get('CSeq')) } : undefined
      }),
      { credentials },
    )
    expect(talk.machine.state).toBe('playing')
    expect(talk.asked.filter(({ headers }) => headers.has('Authorization'))).toHaveLength(7)
  })

  it('sends Basic where that is allowed', () => {
    const basic = [['WWW-Authenticate', 'Basic realm="x"']] as const
    const talk = start(
      but(({ headers }) => (headers.has('Authorization') ? undefined : { status: 401, headers: basic })),
      { credentials, url: url.replace('rtsp:', 'rtsps:') },
    )
    expect(talk.asked[1]!.headers.get('Authorization')).toBe('Basic YWRtaW46c2VjcmV0')
  })

  it.each([
    [404, 'rtsp.not-found'],
    [403, 'rtsp.forbidden'],
    [453, 'rtsp.busy'],
    [500, 'rtsp.refused'],
  ])('names a %i', (status, code) => {
    expect(start(but(({ method }) => (method === 'DESCRIBE' ? { status } : undefined))).code).toBe(code)
  })

  it('names a transport that is not taken, and one that is answered with another', () => {
    const refused = but(({ method }) => (method === 'SETUP' ? { status: 461 } : undefined))
    expect(start(refused).code).toBe('rtsp.transport')
    const swapped = but(({ method }) =>
      method === 'SETUP'
        ? { status: 200, headers: [session, ['Transport', 'RTP/AVP;unicast;client_port=1-2']] }
        : undefined,
    )
    expect(start(swapped).code).toBe('rtsp.transport')
  })

  it('shows the picture when the camera refuses the sound', () => {
    const talk = start(but(({ method }, count) => (method === 'SETUP' && count === 2 ? { status: 500 } : undefined)))
    expect(talk.machine.state).toBe('playing')
    expect(start(but(({ method }) => (method === 'SETUP' ? { status: 500 } : undefined))).code).toBe('rtsp.refused')
  })

  it.each([
    ['a codec that is not known', sdp.replace('H264', 'VP8').replace('AVP 8', 'AVP 97'), 'rtsp.codec'],
    ['no media', sdp.slice(0, sdp.indexOf('m=video')), 'rtsp.no-media'],
  ])('names %s', (_, body, code) => {
    const talk = start(but(({ method }) => (method === 'DESCRIBE' ? { status: 200, body } : undefined)))
    expect(talk.code).toBe(code)
    expect(talk.heard).toContain('described')
  })

  it('follows a redirect on the same host only', () => {
    const to = (location: string) =>
      start(
        but(({ method, url: asked }) =>
          method === 'DESCRIBE' && asked !== `${url}2` ? { status: 302, headers: [['Location', location]] } : undefined,
        ),
      )
    expect(to(`${url}2`).machine.state).toBe('playing')
    expect(to('rtsp://admin:x@192.0.2.1:8554/y').end).toEqual({ do: 'redirect', url: 'rtsp://192.0.2.1:8554/y' })
    expect(to('rtsp://198.51.100.1/y').code).toBe('rtsp.redirect')
    expect(to('http://192.0.2.1/y').code).toBe('rtsp.redirect')
    const circle = to(url)
    expect(circle.code).toBe('rtsp.redirect')
    expect(circle.methods.filter((method) => method === 'DESCRIBE')).toHaveLength(MAX_REDIRECTS + 1)
  })

  it('asks again without the back channel when the camera does not know it, and uses it when it does', () => {
    const without = start(
      but(({ headers }) => (headers.has('Require') ? { status: 551, headers: [['Unsupported', 'x']] } : undefined)),
      { hasBackchannel: true },
    )
    expect(without.machine.state).toBe('playing')
    expect(without.methods.filter((method) => method === 'DESCRIBE')).toHaveLength(2)
    const withIt = start(
      but(({ method }) => (method === 'DESCRIBE' ? { status: 200, body: sdp + ear } : undefined)),
      {
        hasBackchannel: true,
      },
    )
    expect(withIt.machine.send(2, [packet])).toEqual([{ do: 'send', bytes: encodeInterleaved(4, [packet]) }])
    expect(withIt.machine.send(0, [packet])).toEqual([])
  })

  it('keeps alive with OPTIONS where GET_PARAMETER is refused or not listed', () => {
    const refused = start(but(({ method }) => (method === 'GET_PARAMETER' ? { status: 501 } : undefined)))
    refused.machine.receive(encodeInterleaved(0, [packet]), 31_000)
    refused.perform(refused.machine.tick(31_000), 31_000)
    expect(refused.methods.slice(-2)).toEqual(['GET_PARAMETER', 'OPTIONS'])
    const unlisted = start(
      but(({ method }) => (method === 'OPTIONS' ? { status: 200, headers: [['Public', 'PLAY']] } : undefined)),
    )
    unlisted.machine.receive(encodeInterleaved(0, [packet]), 31_000)
    unlisted.perform(unlisted.machine.tick(31_000), 31_000)
    expect(unlisted.methods.at(-1)).toBe('OPTIONS')
    const gone = start(but(({ method }) => (method === 'GET_PARAMETER' ? { status: 454 } : undefined)))
    gone.machine.receive(encodeInterleaved(0, [packet]), 31_000)
    expect(gone.perform(gone.machine.tick(31_000), 31_000).code).toBe('rtsp.session')
  })

  it('bears a camera that never answers the keep-alive, without piling up', () => {
    const talk = start(plays, { answerMs: 1e9 })
    let asked = 0
    for (let nowMs = 0; nowMs < 40 * 60_000; nowMs += 1000) {
      talk.machine.receive(encodeInterleaved(0, [packet]), nowMs)
      for (const action of talk.machine.tick(nowMs)) {
        expect(action.do).toBe('send')
        asked++
      }
    }
    expect(asked).toBeGreaterThan(MAX_ASKED)
    expect(talk.machine.state).toBe('playing')
  })

  it('notices silence, goodbye and missing answers', () => {
    const silent = start(plays)
    expect(silent.perform(silent.machine.tick(10_000)).end).toBeUndefined()
    silent.machine.receive(encodeInterleaved(1, [packet]), 10_000) // RTCP alone is no picture
    expect(silent.perform(silent.machine.tick(10_001)).code).toBe('rtsp.silent')
    const bye = start(plays)
    const goodbye = Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 203, 0, 1, 0, 0, 0, 1)
    bye.machine.receive(encodeInterleaved(1, [goodbye]), 0)
    bye.machine.receive(encodeInterleaved(0, [packet]), 1001) // it was not meant
    expect(bye.perform(bye.machine.tick(5000)).end).toBeUndefined()
    bye.machine.receive(encodeInterleaved(1, [goodbye]), 5000)
    bye.machine.receive(encodeInterleaved(0, [packet]), 5020) // overtaken
    expect(bye.perform(bye.machine.tick(6020)).end).toBeUndefined()
    expect(bye.perform(bye.machine.tick(6021)).code).toBe('rtsp.ended')
    const mute = start(() => undefined)
    expect(mute.perform(mute.machine.tick(10_001)).code).toBe('rtsp.timeout')
    const leaving = start(but(({ method }) => (method === 'TEARDOWN' ? { status: 200, headers: [] } : undefined)))
    expect(leaving.perform(leaving.machine.teardown(0)).end).toEqual({ do: 'closed' })
  })

  it('answers what the camera asks', () => {
    const talk = start(plays)
    const ask = (method: string): RtspAction[] => [
      ...talk.machine.receive(encodeRequest({ method, url, headers: [['CSeq', '7']] }), 0),
    ]
    const said = (actions: RtspAction[]) => (actions[0]?.do === 'send' ? fromUtf8(actions[0].bytes).slice(0, 12) : '')
    expect(said(ask('OPTIONS'))).toBe('RTSP/1.0 200')
    expect(said(ask('RECORD'))).toBe('RTSP/1.0 501')
    expect(talk.perform(ask('TEARDOWN')).code).toBe('rtsp.ended')
  })

  it('ignores answers to nothing, and ends at nonsense without end', () => {
    const talk = new Talk(() => undefined)
    talk.perform(talk.machine.start(0))
    talk.perform(talk.machine.receive(utf8('RTSP/1.0 200 OK\r\nCSeq: 99\r\n\r\nRTSP/1.0 200 OK\r\n\r\n'), 0))
    expect(talk.machine.state).toBe('asking')
    expect(talk.perform(talk.machine.receive(new Uint8Array(300_000), 0)).code).toBe('rtsp.garbage')
    expect(talk.machine.receive(new Uint8Array(1), 0)).toEqual([])
  })

  it('answers any bytes with actions', () => {
    const reply = (cseq: number, more = '', body = '') =>
      utf8(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`)
    const pieces = fc.oneof(
      fc.constantFrom(
        reply(1),
        reply(2, '', sdp),
        reply(3, 'Session: 1\r\n'),
        reply(4),
        reply(5, 'RTP-Info: url=x;seq=1\r\n'),
        utf8('RTSP/1.0 401 U\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="a", nonce="b"\r\n\r\n'),
        utf8('RTSP/1.0 302 M\r\nCSeq: 2\r\nLocation: rtsp://[\r\n\r\n'),
        encodeInterleaved(0, [packet]),
      ),
      fc.uint8Array({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 10 }), (chunks) => {
        const talk = new Talk(() => undefined, { credentials })
        talk.perform(talk.machine.start(0))
        for (const chunk of chunks) talk.perform(talk.machine.receive(chunk, 0))
        talk.perform(talk.machine.tick(1e6))
        expect(talk.asked.length).toBeLessThan(20)
      }),
    )
  })
})
