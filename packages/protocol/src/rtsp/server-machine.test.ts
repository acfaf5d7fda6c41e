// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { concat, utf8 } from '../base/bytes.ts'
import { encodeInterleaved } from './interleaved.ts'
import { decodeMessage, encodeRequest, type RtspResponse } from './message.ts'
import type { RtspServerAction, RtspServerOptions, RtspVerifier } from './server-api.ts'
import { MAX_LOGIN_FAILURES, MAX_SERVER_TRACKS, RtspServerMachine } from './server-machine.ts'

const url = 'rtsp://192.0.2.1/Streaming/Channels/101'
const media: string[] = []
const hooks: RtspServerOptions['hooks'] = {
  describe: (asked) => (asked.includes('101') ? 'v=0\r\n' : asked.includes('busy') ? { status: 503 } : undefined),
  setup: ({ url: asked, transport }) => {
    if (asked.includes('tcponly') && transport.lower === 'udp') return { status: 461 }
    const track = Number(/trackID=(\d+)/.exec(asked)?.[1] ?? 0)
    if (track === 0) return { status: 404 }
    return { track, ssrc: track, ...(transport.lower === 'udp' ? { serverPort: [6000, 6001] as const } : {}) }
  },
  play: (session) => ({ rtpInfo: session.tracks.map((track) => ({ url: track.url, sequence: 7, timestamp: 9 })) }),
  media: (track, isRtcp, packet) => media.push(`${track} ${isRtcp} ${packet.length}`),
}
const machineOf = (more: Partial<RtspServerOptions> = {}) =>
  new RtspServerMachine({ hooks, sessionId: () => '00112233445566778899aabbccddeeff', server: 'Test', ...more })

let cseq = 0
const request = (method: string, target: string, headers: Record<string, string> = {}, body = ''): Uint8Array =>
  encodeRequest({ method, url: target, headers: Object.entries({ CSeq: String(++cseq), ...headers }), body })
const ask = (machine: RtspServerMachine, ...args: Parameters<typeof request>) => {
  const actions = machine.receive(request(...args), 0)
  const sent = actions.find((action) => action.do === 'send')
  const response = decodeMessage((sent as Extract<RtspServerAction, { do: 'send' }>).bytes) as RtspResponse
  expect(response.headers.get('CSeq')).toBe(String(cseq))
  return { response, status: response.status, next: actions.slice(1).map((action) => action.do) }
}
const tcp = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' }
const session = { Session: '00112233445566778899aabbccddeeff' }

beforeEach(() => {
  cseq = 0
  media.length = 0
})

describe('RTSP server machine, RFC 2326 §10', () => {
  it('leads from DESCRIBE to TEARDOWN over TCP', () => {
    const machine = machineOf()
    expect(ask(machine, 'OPTIONS', '*').response.headers.get('Public')).toContain('GET_PARAMETER')
    const described = ask(machine, 'DESCRIBE', `${url}?profile=1`, { Accept: 'application/sdp' })
    expect(described.response.headers.get('Content-Base')).toBe(`${url}/`)
    expect(described.response.body).toEqual(utf8('v=0\r\n'))
    const first = ask(machine, 'SETUP', `${url}/trackID=1`, tcp)
    expect(first.response.headers.get('Session')).toBe(`${session.Session};timeout=60`)
    expect(first.response.headers.get('Transport')).toBe('RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00000001')
    const second = ask(machine, 'SETUP', `${url}/trackID=2`, { ...tcp, ...session })
    expect(second.response.headers.get('Transport')).toContain('interleaved=2-3') // 0-1 is taken
    const played = ask(machine, 'PLAY', url, { ...session, Range: 'npt=0.000-' })
    expect(played.next).toEqual(['play'])
    expect(played.response.headers.get('RTP-Info')).toContain(`url=${url}/trackID=1;seq=7;rtptime=9`)
    machine.receive(encodeInterleaved(1, [new Uint8Array(8)]), 0)
    machine.receive(encodeInterleaved(9, [new Uint8Array(8)]), 0)
    expect(media).toEqual(['1 true 8'])
    expect(ask(machine, 'GET_PARAMETER', url, session).status).toBe(200)
    expect(ask(machine, 'PAUSE', url, session).next).toEqual(['pause'])
    expect(machine.state).toBe('ready')
    expect(ask(machine, 'PLAY', url, session).next).toEqual(['play'])
    expect(ask(machine, 'TEARDOWN', url, session).next).toEqual(['end'])
    expect(machine.session).toBeUndefined()
  })

  it('grants the first transport that fits, and never a destination', () => {
    const offer =
      'RTP/AVP;multicast;client_port=1-2,RTP/SAVP;unicast;client_port=1-2,RTP/AVP;unicast;destination=198.51.100.9;client_port=5000-5001'
    const { response } = ask(machineOf(), 'SETUP', `${url}/trackID=1`, { Transport: offer })
    expect(response.headers.get('Transport')).toBe(
      'RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;ssrc=00000001',
    )
  })

  it.each([
    ['an unknown path', 404, 'DESCRIBE', `${url.replace('101', '9')}`, {}],
    ['what the shell refuses', 503, 'DESCRIBE', 'rtsp://h/busy', {}],
    ['another kind of description', 406, 'DESCRIBE', url, { Accept: 'application/mheg' }],
    ['an unknown track', 404, 'SETUP', url, tcp],
    ['no transport field', 400, 'SETUP', `${url}/trackID=1`, {}],
    ['an unknown transport', 461, 'SETUP', `${url}/trackID=1`, { Transport: 'RAW/RAW/UDP;unicast' }],
    ['multicast', 461, 'SETUP', `${url}/trackID=1`, { Transport: 'RTP/AVP;multicast' }],
    [
      'a transport of the wrong stream',
      461,
      'SETUP',
      `${url}/tcponly/trackID=1`,
      { Transport: 'RTP/AVP;unicast;client_port=1-2' },
    ],
    ['a session of nobody', 454, 'SETUP', `${url}/trackID=1`, { ...tcp, Session: 'x' }],
    ['PLAY before SETUP', 455, 'PLAY', url, {}],
    ['PLAY of a session of another connection', 454, 'PLAY', url, session],
    ['a parameter', 451, 'SET_PARAMETER', url, {}, 'a: b'],
    ['a question for a parameter', 451, 'GET_PARAMETER', url, {}, 'a'],
    ['a feature', 551, 'DESCRIBE', url, { Require: 'www.onvif.org/ver20/backchannel' }],
    ['a method of elsewhere', 501, 'RECORD', url, {}],
  ] as [string, number, string, string, Record<string, string>, string?][])('refuses %s', (_, status, ...asked) => {
    expect(ask(machineOf(), ...asked).status).toBe(status)
  })

  it('refuses what the state or the session does not allow', () => {
    const machine = machineOf()
    ask(machine, 'SETUP', `${url}/trackID=1`, tcp)
    expect(ask(machine, 'SETUP', `${url}/trackID=2`, tcp).status).toBe(459) // without naming the session
    ask(machine, 'SETUP', `${url}/trackID=2`, { ...tcp, ...session })
    expect(ask(machine, 'PLAY', url, {}).status).toBe(454)
    expect(ask(machine, 'PLAY', `${url}/trackID=1`, session).status).toBe(460)
    expect(ask(machine, 'PLAY', url, { ...session, Range: 'smpte=0:1:2-' }).status).toBe(457)
    for (let track = 3; track <= MAX_SERVER_TRACKS; track++)
      ask(machine, 'SETUP', `${url}/trackID=${track}`, { ...tcp, ...session })
    expect(ask(machine, 'SETUP', `${url}/trackID=1`, { ...tcp, ...session }).status).toBe(453)
    ask(machine, 'PLAY', url, session)
    expect(ask(machine, 'SETUP', `${url}/trackID=1`, { ...tcp, ...session }).status).toBe(455)
  })

  it('asks for a login on everything but OPTIONS, and hangs up on a guesser', () => {
    const verifier: RtspVerifier = {
      challenge: (_, isStale) => [`Digest realm="r", nonce="n"${isStale ? ', stale=TRUE' : ''}`, 'Digest realm="r2"'],
      verify: (authorization) => {
        if (authorization === undefined) return { ok: false, reason: 'missing' }
        return authorization === 'right' ? { ok: true, user: 'admin' } : { ok: false, reason: authorization }
      },
    }
    const machine = machineOf({ login: { verifier, lookup: () => 'secret' } })
    expect(ask(machine, 'OPTIONS', url).status).toBe(200)
    const asked = ask(machine, 'DESCRIBE', url)
    expect(asked.status).toBe(401)
    expect(asked.response.headers.getAll('WWW-Authenticate')).toHaveLength(2)
    expect(ask(machine, 'DESCRIBE', url, { Authorization: 'right' }).status).toBe(200)
    expect(ask(machine, 'SETUP', `${url}/trackID=1`, tcp).status).toBe(401)
    const stale = ask(machine, 'DESCRIBE', url, { Authorization: 'stale' })
    expect(stale.response.headers.get('WWW-Authenticate')).toContain('stale=TRUE')
    for (let i = 1; i < MAX_LOGIN_FAILURES; i++)
      expect(ask(machine, 'DESCRIBE', url, { Authorization: 'wrong' }).next).toEqual([])
    expect(ask(machine, 'DESCRIBE', url, { Authorization: 'wrong' }).next).toEqual(['close'])
    expect(machine.receive(request('OPTIONS', url), 0)).toEqual([])
  })

  it('answers nonsense with 400 and hangs up', () => {
    const actions = machineOf().receive(utf8('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 0)
    expect(actions.map((action) => action.do)).toEqual(['send', 'close'])
    expect(actions[1]).toMatchObject({ error: { code: 'rtsp.start-line' } })
    expect(ask(machineOf(), 'OPTIONS', '*', { CSeq: '1' }).status).toBe(200)
    const old = machineOf().receive(utf8('OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n'), 0)
    expect(old[0]).toMatchObject({ do: 'send' })
  })

  it('ends a silent UDP session, but not a TCP one', () => {
    const udp = { Transport: 'RTP/AVP;unicast;client_port=5000-5001' }
    for (const [transport, ended] of [
      [udp, ['end']],
      [tcp, []],
    ] as const) {
      const machine = machineOf({ timeoutSeconds: 10 })
      ask(machine, 'SETUP', `${url}/trackID=1`, transport)
      machine.alive(5_000)
      expect(machine.tick(14_000)).toEqual([])
      expect(machine.tick(15_001).map((action) => action.do)).toEqual(ended)
    }
  })

  it('ends the session with its connection, once', () => {
    const machine = machineOf()
    ask(machine, 'SETUP', `${url}/trackID=1`, tcp)
    expect(machine.closed().map((action) => action.do)).toEqual(['end'])
    expect(machine.closed()).toEqual([])
  })

  it('answers any bytes with actions', () => {
    const seeds = [
      request('SETUP', `${url}/trackID=1`, tcp),
      request('PLAY', url, session),
      request('SET_PARAMETER', url, session, 'x'),
      request('TEARDOWN', url, session),
      encodeInterleaved(0, [new Uint8Array(4)]),
    ]
    const piece = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...seeds) }, fc.uint8Array({ maxLength: 20 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const actions = machineOf().receive(concat(pieces), 0)
        expect(actions.length).toBeLessThanOrEqual(2 * pieces.length + 3)
      }),
    )
  })
})
