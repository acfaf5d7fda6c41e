// SPDX-License-Identifier: Apache-2.0
/** Targets: HMP packets, messages and sessions, and the HTTP inside. Seeds are the vectors of docs/protocol. */
import { readFileSync } from 'node:fs'
import { concat, hex, utf8, WireError } from '@openhmp/protocol/base'
import {
  decodeSessionMessage,
  encodePacket,
  MessageJoiner,
  PacketSplitter,
  PacketType,
  parseDialToken,
} from '@openhmp/protocol/hmp'
import { decodeRequest, decodeResponse } from '@openhmp/protocol/http'
import { HmpSession } from '@openhmp/protocol/session'
import { bytes, COLD_RUNS, type FuzzTarget, HOT_RUNS, lines } from '../target.ts'

const vectors = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../docs/protocol/vectors/${name}.json`, import.meta.url), 'utf8')) as T

const packets = vectors<{ good: { bytes: string }[] }>('packets').good.map((row) => bytes(row.bytes))
const rows = vectors<{ rows: { packets: string[] }[] }>('fragments').rows
const fragments = rows.map((row) => concat(row.packets.map(bytes)))
const units = vectors<{ good: { payload: string }[] }>('media').good.map((row) => bytes(row.payload))
const messages = vectors<{ rows: { text: string }[] }>('session-messages').rows.map((row) => utf8(row.text))
const requests = vectors<{ rows: { text: string }[] }>('requests').rows.map((row) => lines(row.text))

const header = { flags: 0, stream: 0, sequence: 0 }
const hello = encodePacket(
  { ...header, type: PacketType.session },
  utf8(
    '{"t":"hello","versions":[1],"role":"device","identity":"cam-7","software":"x/1","features":[],"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","time":1795410000000}',
  ),
)
const asPackets = [
  ...messages.map((text) => encodePacket({ ...header, type: PacketType.session }, text)),
  ...requests.map((text, i) =>
    encodePacket(
      { ...header, type: i % 4 === 0 ? PacketType.event : PacketType.management, sequence: 2 * i + 1 },
      text,
    ),
  ),
  ...units.map((payload) => encodePacket({ ...header, type: PacketType.video, stream: 5, flags: 8 }, payload)),
]

const attempt = (read: () => unknown): void => {
  try {
    read()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}
const ignore = () => undefined

export const hmpTargets: readonly FuzzTarget[] = [
  {
    name: 'hmp',
    testRuns: HOT_RUNS,
    seeds: [...packets, ...fragments, ...asPackets.slice(0, 20)],
    maxBytes: 512,
    run: (input) => {
      const joiner = new MessageJoiner()
      const splitter = new PacketSplitter({
        onPacket: (packet, payload, offset) => {
          joiner.push(packet, payload, offset)
        },
      })
      splitter.push(input)
    },
  },
  {
    name: 'hmp-message',
    testRuns: COLD_RUNS,
    seeds: messages,
    tokens: ['{', '}', '[', ']', '"', ',', ':', 'null', 'true', '1e999', '-1', '"t":"ping"', '"__proto__"', '\\u0000'],
    run: (input) => {
      attempt(() => parseDialToken(hex(input)))
      decodeSessionMessage(input)
    },
  },
  {
    name: 'hmp-session',
    testRuns: COLD_RUNS,
    seeds: [concat(asPackets.slice(0, 8)), ...asPackets, ...fragments],
    maxBytes: 2048,
    run: async (input) => {
      let now = 0
      const session = new HmpSession({
        side: 'acceptor',
        role: 'cms',
        identity: 'cms',
        software: 'x/1',
        login: { kind: 'accept', lookup: () => 'trusted', admit: () => ({ session: 's', epoch: 1 }) },
        now: () => now,
        wallNow: () => 1_795_410_000_000 + now,
        random: (count) => new Uint8Array(count),
        write: ignore,
        onRequest: () => Promise.resolve({ status: 200 }),
        onClose: ignore,
      })
      session.start()
      session.receive(hello)
      await Promise.resolve()
      session.receive(input.slice())
      await Promise.resolve()
      now = 40_000
      session.tick()
      session.close('shutdown', 'the test ends')
    },
  },
  {
    name: 'http',
    testRuns: COLD_RUNS,
    seeds: requests,
    tokens: [
      '\r\n',
      '\r\n\r\n',
      ': ',
      'HTTP/1.1',
      'GET /HMP/devices HTTP/1.1\r\n',
      'Content-Length: 5\r\n',
      'HMP-Streamed: 1\r\n',
      ' ',
    ],
    run: (input) => {
      attempt(() => decodeRequest(input))
      attempt(() => decodeRequest(input, true))
      decodeResponse(input)
    },
  },
]
