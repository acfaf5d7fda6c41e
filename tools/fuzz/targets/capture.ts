// SPDX-License-Identifier: Apache-2.0
/** Target: network captures, with all that is read out of them. The command has no exports; its reader is taken by its path. */
import { readFileSync } from 'node:fs'
import { dissect } from '../../../packages/cli/src/capture/dissector.ts'
import { pcapOf } from '../../wireshark/pcap.ts'
import { type FuzzTarget, MACHINE_RUNS } from '../target.ts'

const MAX_BYTES = 4096
/** As many whole records as fit: `lengthAt` is where a record's length stands, `extra` what it leaves out. */
const capture = (name: string, start: number, lengthAt: number, extra: number): Uint8Array => {
  const file = readFileSync(new URL(`../../../packages/cli/vectors/gstreamer/${name}`, import.meta.url))
  let end = start
  for (let next = end; next <= MAX_BYTES && next < file.length; next = end + extra + file.readUInt32LE(end + lengthAt))
    end = next
  return new Uint8Array(file.subarray(0, end))
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: hmp.1\r\n\r\n'
/** A goodbye as one packet. */
const packet = ascii('HM\x01\0\0\0\0\0\0\0\0\0\0\0\0\x2b{"t":"goodbye","code":"busy","text":"late"}')
const masked = packet.map((byte, i) => byte ^ [1, 2, 3, 4][i & 3]!)
const webSocket = pcapOf(
  [
    { byClient: true, bytes: ascii(`GET /api/v1/hmp HTTP/1.1\r\n${upgrade}`) },
    { byClient: false, bytes: ascii(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}`) },
    { byClient: true, bytes: Uint8Array.of(0x82, 0x80 | packet.length, 1, 2, 3, 4, ...masked) },
    { byClient: false, bytes: Uint8Array.of(0x02, 16, ...packet.subarray(0, 16), 0x80, packet.length - 16) },
    { byClient: false, bytes: Uint8Array.of(...packet.subarray(16), 0x88, 2, 0x0f, 0xaf) },
  ],
  8000,
)
const part = (type: string, text: string): string =>
  `--b\r\nContent-Type: ${type}\r\nContent-Length: ${text.length}\r\n\r\n${text}\r\n`
const alert =
  '<EventNotificationAlert><eventType>VMD</eventType><eventState>active</eventState></EventNotificationAlert>'
const alertStream = pcapOf(
  [
    { byClient: false, bytes: ascii('HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n') },
    { byClient: false, bytes: ascii(`${part('application/xml', alert)}${part('image/jpeg', 'picture')}--b--\r\n`) },
  ],
  80,
)

export const captureTargets: readonly FuzzTarget[] = [
  {
    name: 'capture',
    testRuns: MACHINE_RUNS,
    seeds: [capture('rtsp-tcp.pcap', 24, 8, 16), capture('rtsp-udp.pcapng', 0, 4, 0), webSocket, alertStream],
    maxBytes: MAX_BYTES,
    run: (input) => {
      dissect(input, () => undefined)
    },
  },
]
