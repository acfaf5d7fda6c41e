// SPDX-License-Identifier: Apache-2.0
/** Medians of the runs as a Markdown table, each beside the C floor of the same run; lost pictures of all runs together. */
import type { Figures } from './case.ts'
import type { IngestFigures } from './ingest.ts'

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return Number((middle.reduce((sum, value) => sum + value, 0) / middle.length).toFixed(3))
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
      runs.reduce((sum, { framesLost }) => sum + framesLost, 0),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

/** What one more viewer of the same camera costs in memory: the RSS at most viewers less that at one. */
export const printMemoryPerViewer = (results: readonly Figures[]): void => {
  const ofOneCamera = results.filter(({ cameras }) => cameras === 1)
  const readers = ofOneCamera.map((figures) => figures.readers)
  const [least, most] = [Math.min(...readers), Math.max(...readers)]
  if (!(most > least)) return
  console.log(`\n| relay | KB a viewer, from ${least} to ${most} |`)
  console.log('|---|---|')
  for (const [peer, runs] of Map.groupBy(ofOneCamera, (figures) => figures.peer)) {
    const rssMB = (count: number) => median(runs.filter((run) => run.readers === count).map((run) => run.rssMB))
    console.log(`| ${peer} | ${(((rssMB(most) - rssMB(least)) * 1000) / (most - least)).toFixed(0)} |`)
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
