// SPDX-License-Identifier: Apache-2.0
/** Targets: RTSP messages, fields and both machines; SDP; digest. */
import { latin1, WireError } from '@openhmp/protocol/base'
import { authorizationFor, chooseChallenge, DigestVerifier, type Hash, parseChallenges } from '@openhmp/protocol/digest'
import {
  decodeMessage,
  parsePublic,
  parseRange,
  parseRtpInfo,
  parseSession,
  parseTransport,
  RtspClientMachine,
  RtspServerMachine,
  RtspSplitter,
  splitTrackUrl,
} from '@openhmp/protocol/rtsp'
import { aggregateControl, describeMedia, formatSdp, parseSdp } from '@openhmp/protocol/sdp'
import { bytes, COLD_RUNS, type FuzzTarget, lines, MACHINE_RUNS } from '../target.ts'

/** No hash at all, but quick, and enough for what is tested here. */
const hash: Hash = (name, text) => `${name.length}${text.length.toString(16)}`

const url = 'rtsp://192.0.2.1:554/Streaming/Channels/101'
const sdp = `v=0
o=- 1 1 IN IP4 192.0.2.1
s=Media Presentation
e=NONE
b=AS:5100
t=0 0
a=control:${url}/?transportmode=unicast
m=video 0 RTP/AVP 96
a=recvonly
a=x-dimensions:1920,1080
a=control:${url}/trackID=1?transportmode=unicast
a=rtpmap:96 H264/90000
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AHg==,aO48gA==
m=audio 0 RTP/AVP 8
a=control:trackID=2
m=video 0 RTP/AVP 97
a=rtpmap:97 H265/90000
a=fmtp:97 sprop-vps=QAE=; sprop-sps=QgE=; sprop-pps=RAE=
a=Media_header:MEDIAINFO=494D4B48;a=appversion:1.0
`
const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n')
const describeAnswer = `RTSP/1.0 200 OK
CSeq: 3
Content-Type: application/sdp
Content-Base: ${url}/
Content-Length: ${crlf(sdp).length}

${sdp}`
const refusal = `RTSP/1.0 401 Unauthorized
CSeq: 2
WWW-Authenticate: Digest realm="IP Camera(1)", nonce="a0f8", stale="FALSE"
WWW-Authenticate: Basic realm="IP Camera(1)"

`
const talk = `RTSP/1.0 200 OK
CSeq: 1
Public: OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, GET_PARAMETER

${refusal}${describeAnswer}RTSP/1.0 200 OK
CSeq: 4
Session:       1299260789;timeout=60
Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0cb32b85;mode="play"

RTSP/1.0 200 OK
CSeq: 5
Session: 1299260789;timeout=60
Transport: RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=0cb32b86;mode="play"

RTSP/1.0 200 OK
CSeq: 6
Session: 1299260789
RTP-Info: url=${url}/trackID=1;seq=1;rtptime=100,url=${url}/trackID=2;seq=7;rtptime=9

`
const media = bytes(
  '2400000e 80e0 0001 00000064 deadbeef 6588 2401001c 80c80006 00000007 83aa7e80 80000000 00000064 00000001 00000578',
)
const both = (text: string) => Uint8Array.from([...lines(text), ...media])

const asked = `OPTIONS ${url} RTSP/1.0
CSeq: 1

DESCRIBE ${url} RTSP/1.0
CSeq: 2
Accept: application/sdp

SETUP ${url}/trackID=1 RTSP/1.0
CSeq: 3
Transport: RTP/AVP/TCP;unicast;interleaved=0-1

PLAY ${url} RTSP/1.0
CSeq: 4
Session: 1
Range: npt=0.000-

GET_PARAMETER ${url} RTSP/1.0
CSeq: 5
Session: 1

TEARDOWN ${url} RTSP/1.0
CSeq: 6
Session: 1

`
const tokens = [
  '\r\n',
  '\r\n\r\n',
  '$',
  'RTSP/1.0 200 OK\r\n',
  'CSeq: 3\r\n',
  'Content-Length: 99999\r\n',
  ': ',
  ';',
  ',',
  '=',
  '"',
  '?',
  '/',
  '-',
  '401',
  '302',
  '454',
  'RTSP/1.',
]

/** Takes an input in two pieces, cut by what it holds. */
const inTwo = (input: Uint8Array, take: (piece: Uint8Array) => void): void => {
  const cut = input.length === 0 ? 0 : (input[input.length >> 1]! * 7) % (input.length + 1)
  take(input.slice(0, cut))
  take(input.slice(cut))
}

const attempt = (read: () => unknown): void => {
  try {
    read()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}

export const rtspTargets: readonly FuzzTarget[] = [
  {
    name: 'rtsp-splitter',
    testRuns: COLD_RUNS,
    seeds: [both(describeAnswer), both(refusal), lines(asked), media],
    tokens,
    maxBytes: 2048,
    run: (input) => {
      attempt(() => decodeMessage(input))
      const resync = input.length % 2 === 0
      const splitter = new RtspSplitter({ resync, onMessage: () => undefined, onMedia: () => undefined })
      inTwo(input, (piece) => splitter.push(piece))
    },
  },
  {
    name: 'rtsp-fields',
    testRuns: COLD_RUNS,
    seeds: [
      lines(
        'RTP/AVP;unicast;client_port=36618-36619;server_port=8314-8315;ssrc=0cb32b85;mode="play",RTP/AVP/TCP;interleaved=0-1',
      ),
      lines('      1299260789;timeout=60'),
      lines(`url=${url}/trackID=1;seq=1;rtptime=100,url=${url}/trackID=2;seq=7`),
      lines('npt=0:01:02.5-now'),
      lines('clock=20240501T000000Z-20240501T000100.5Z'),
      lines('OPTIONS, DESCRIBE, PLAY'),
      lines(`${url}/trackID=1?starttime=20240501T000000Z`),
    ],
    tokens,
    maxBytes: 512,
    run: (input) => {
      const text = latin1(input)
      for (const read of [parseTransport, parseSession, parseRtpInfo, parseRange, parsePublic, splitTrackUrl])
        attempt(() => read(text))
    },
  },
  {
    name: 'rtsp-client',
    testRuns: MACHINE_RUNS,
    seeds: [both(talk), both(talk.replaceAll('interleaved=0-1', 'interleaved=4-5')), lines(talk)],
    tokens,
    maxBytes: 4096,
    run: (input) => {
      const credentials = { username: 'admin', password: 'secret' }
      const options = { url, credentials, hash, cnonce: () => 'c', onMedia: () => undefined }
      const machine = new RtspClientMachine({ ...options, transport: 'tcp' })
      machine.start(0)
      inTwo(input, (piece) => machine.receive(piece, 1))
      for (const now of [5000, 40_000, 100_000]) machine.tick(now)
      machine.teardown(100_000)
    },
  },
  {
    name: 'rtsp-server',
    testRuns: MACHINE_RUNS,
    seeds: [
      both(asked),
      lines(asked.replace('RTP/AVP/TCP;unicast;interleaved=0-1', 'RTP/AVP;unicast;client_port=5000-5001')),
    ],
    tokens,
    maxBytes: 2048,
    run: (input) => {
      const machine = new RtspServerMachine({
        sessionId: () => '1',
        hooks: {
          describe: () => sdp,
          setup: () => ({ track: 1, ssrc: 7, serverPort: [6000, 6001] }),
          play: () => ({ rtpInfo: [{ url, sequence: 1 }] }),
        },
      })
      inTwo(input, (piece) => machine.receive(piece, 1))
      machine.tick(100_000)
      machine.closed()
    },
  },
  {
    name: 'sdp',
    testRuns: COLD_RUNS,
    seeds: [lines(sdp)],
    tokens: [
      '\r\n',
      'm=video 0 RTP/AVP 96\r\n',
      'a=',
      'a=control:*\r\n',
      'a=rtpmap:96 ',
      'a=fmtp:96 ',
      ';',
      ',',
      ' ',
      '/',
      '=',
      ':',
      'AAAA',
    ],
    maxBytes: 2048,
    run: (input) => {
      const parsed = parseSdp(latin1(input))
      describeMedia(parsed, url)
      aggregateControl(parsed, url)
      formatSdp(parsed)
    },
  },
  {
    name: 'digest',
    testRuns: COLD_RUNS,
    seeds: [
      lines('Digest qop="auth", realm="IP Camera(83813)", nonce="4d5755", stale="FALSE"'),
      lines('Digest realm="r", nonce="n", algorithm="SHA-256", opaque="o", userhash=true, Basic realm="IP Camera"'),
      lines(
        'Digest username="admin", realm="r", nonce="n", uri="/a?b=c", response="5", qop=auth, nc=00000001, cnonce="c"',
      ),
      lines('Basic YWRtaW46c2VjcmV0'),
    ],
    tokens: [
      'Digest ',
      'Basic ',
      '"',
      '\\',
      ',',
      '=',
      'qop=auth',
      'nonce="n"',
      'realm="r"',
      'algorithm=',
      'MD5-sess',
      'YWJj==',
    ],
    maxBytes: 512,
    run: (input) => {
      const text = latin1(input)
      const verifier = new DigestVerifier({
        realm: 'r',
        algorithms: ['MD5'],
        qop: true,
        basic: true,
        hash,
        nonce: () => 'n',
        nonceLifeMs: 1,
      })
      verifier.challenge(0)
      verifier.verify(text, 'GET', '/a?b=c', () => 'secret', 0)
      const challenge = chooseChallenge(parseChallenges(text), { allowBasic: true })
      if (challenge)
        authorizationFor(challenge, { username: 'u', password: 'p', hash, cnonce: () => 'c' }).header('GET', '/')
    },
  },
]
