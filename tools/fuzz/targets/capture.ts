// SPDX-License-Identifier: Apache-2.0
/** Target: network captures, with all that is read out of them. The command has no exports; its reader is taken by its path. */
import { readFileSync } from 'node:fs'
import { dissect } from '../../../packages/cli/src/capture/dissector.ts'
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

export const captureTargets: readonly FuzzTarget[] = [
  {
    name: 'capture',
    testRuns: MACHINE_RUNS,
    seeds: [capture('rtsp-tcp.pcap', 24, 8, 16), capture('rtsp-udp.pcapng', 0, 4, 0)],
    maxBytes: MAX_BYTES,
    run: (input) => {
      dissect(input, () => undefined)
    },
  },
]
