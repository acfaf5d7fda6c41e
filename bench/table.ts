// SPDX-License-Identifier: Apache-2.0
/** Medians of the runs as a Markdown table, each beside the C floor of the same run. */
import type { Figures } from './case.ts'
import type { IngestFigures } from './ingest.ts'

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export const printTable = (results: readonly Figures[]): void => {
  const groups = Map.groupBy(results, ({ cameras, readers, peer }) => `${cameras} x ${readers}|${peer}`)
  console.log(
    '\n| cameras x readers | relay | Mbit/s out | CPU % | CPU-s/Gbit | x C floor | RSS MB | TTFF p50/max ms | latency p50/p99 ms | frames got | lost |',
  )
  console.log('|---|---|---|---|---|---|---|---|---|---|---|')
  for (const [key, runs] of groups) {
    const [shape, peer] = key.split('|') as [string, string]
    const of = (pick: (figures: Figures) => number): number => median(runs.map(pick))
    const floor = groups.get(`${shape}|C floor`)
    const ratio = floor ? (of((r) => r.cpuPerGbit) / median(floor.map((r) => r.cpuPerGbit))).toFixed(2) : '-'
    const cells = [
      shape,
      peer,
      of((r) => r.outMbps),
      of((r) => r.cpuPercent),
      of((r) => r.cpuPerGbit),
      ratio,
      of((r) => r.rssMB),
      `${of((r) => r.ttffMs.p50)}/${of((r) => r.ttffMs.max)}`,
      `${of((r) => r.latencyMs.p50)}/${of((r) => r.latencyMs.p99)}`,
      `${(100 * of((r) => r.framesGot)).toFixed(1)} %`,
      of((r) => r.framesLost),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

export const printIngest = (figures: readonly IngestFigures[]): void => {
  console.log('\n| ingest | cameras | Mbit/s in | CPU-s/Gbit | x C floor | RSS MB | damaged |')
  console.log('|---|---|---|---|---|---|---|')
  const floor = figures[0]?.cpuPerGbit ?? Number.NaN
  for (const { name, cameras, inMbps, cpuPerGbit, rssMB, damaged } of figures)
    console.log(
      `| ${[name, cameras, inMbps, cpuPerGbit, (cpuPerGbit / floor).toFixed(2), rssMB, damaged].join(' | ')} |`,
    )
}
