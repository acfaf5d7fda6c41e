// SPDX-License-Identifier: Apache-2.0
/** `hmp dissect FILE.pcap`: a capture as a talk, read by the codecs of OpenHMP itself. */
import { readFileSync, statSync } from 'node:fs'
import { WireError } from '@openhmp/protocol/base'
import { dissect } from '../capture/dissector.ts'
import type { SourceSummary } from '../capture/media-summary.ts'
import { MAX_CAPTURE_BYTES } from '../capture/pcap.ts'
import type { TalkLine } from '../capture/talk.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

export interface DissectOptions {
  /** Header fields and descriptions too. */
  readonly details?: boolean
}

export function runDissect(path: string, options: DissectOptions, output: Output): void {
  const { size } = statSync(path)
  if (size > MAX_CAPTURE_BYTES)
    throw new WireError('pcap.limit', `${path} has ${size} bytes; cut it (editcap -c) below ${MAX_CAPTURE_BYTES}`)
  const buffer = readFileSync(path)
  const file = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  let startMs: number | undefined
  let firstFault: TalkLine | undefined
  const { frames, skippedFrames, faults, sources } = dissect(file, (line) => {
    startMs ??= line.timeMs
    if (line.kind === 'fault') firstFault ??= line
    const { detail, ...short } = line
    output.line(options.details ? line : short, () => formatLine(output, line, line.timeMs - startMs!, options))
  })
  const summary = { kind: 'summary', frames, skippedFrames, faults, ...(firstFault ? { firstFault } : {}), sources }
  output.line(summary, () => {
    const verdict = firstFault
      ? output.paint(
          'red',
          `${faults} faults, the first at byte ${firstFault.at} of the file (frame ${firstFault.frame})`,
        )
      : output.paint('green', 'no fault')
    const table = sources.length === 0 ? '' : `\n${formatSources(output, sources)}\n`
    return `${table}\n${frames} frames, ${skippedFrames} passed over: ${verdict}`
  })
}

function formatLine(output: Output, line: TalkLine, sinceMs: number, options: DissectOptions): string {
  const head = `${String(line.frame).padStart(6)} ${(sinceMs / 1000).toFixed(3).padStart(9)}  ${line.from} > ${line.to}`
  const color = line.kind === 'fault' ? 'red' : line.kind === 'gap' ? 'yellow' : 'cyan'
  const where = line.kind === 'fault' ? ` [${line.code}, byte ${line.at} of the file]` : ''
  const text = `${output.paint('dim', head)}  ${output.paint(color, line.protocol)}  ${line.text}${where}`
  const detail = options.details ? (line.detail ?? []) : []
  return [text, ...detail.map((one) => `${' '.repeat(18)}| ${one}`)].join('\n')
}

function formatSources(output: Output, sources: readonly SourceSummary[]): string {
  const head = [
    'SSRC',
    'from',
    'to',
    'type',
    'codec',
    'packets',
    'lost',
    'jitter ms',
    'seconds',
    'units',
    'key',
    'damaged',
  ]
  return formatTable(
    output,
    head,
    sources.map((s) => [
      ...[s.ssrc, s.from, s.to, s.payloadType, s.codec, s.packets, s.lost, s.jitterMs.toFixed(2)],
      ...[s.seconds.toFixed(1), s.units, s.keyUnits, s.damagedUnits],
    ]),
  )
}
