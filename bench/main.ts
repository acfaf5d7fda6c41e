// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench`: the live path beside its floors, in one run. Options: `--quick` (one short run of each), `--runs N`,
 * `--json` (a line a run), `--only NAME` (peers whose name holds it).
 */
import { parseArgs } from 'node:util'
import { type Figures, type Peer, runCase, type Timing } from './case.ts'
import { ingest } from './ingest.ts'
import { own, ownPlain } from './own.ts'
import { floor, nodeFloor } from './peers.ts'
import { build, makeMedia } from './programs.ts'
import { printIngest, printTable } from './table.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const runs = Number(values.runs ?? (values.quick ? 1 : 3))
const timing: Timing = values.quick ? { warmSeconds: 2, windowSeconds: 4 } : { warmSeconds: 4, windowSeconds: 8 }
const wanted = (name: string): boolean => !values.only || name.toLowerCase().includes(values.only.toLowerCase())
const peers: readonly Peer[] = [floor, nodeFloor, ownPlain, own].filter(({ name }) => wanted(name))
const cases = [
  { cameras: 50, readers: 50 },
  { cameras: 1, readers: 200 },
]

build()
makeMedia()
const results: Figures[] = []
for (const { cameras, readers } of cases) {
  for (let run = 0; run < runs; run++) {
    // In turn, so that a machine that slows down slows all of them.
    for (const peer of peers) {
      const figures = await runCase(peer, cameras, readers, timing)
      results.push(figures)
      if (values.json) console.log(JSON.stringify(figures))
      else
        console.error(
          `${cameras} x ${readers}  ${peer.name}: ${figures.cpuPerGbit} CPU-s/Gbit, lost ${figures.framesLost}`,
        )
    }
  }
}
if (!values.json) printTable(results)
if (wanted('ingest')) {
  const figures = await ingest(50, timing)
  if (values.json) for (const one of figures) console.log(JSON.stringify({ case: 'ingest', ...one }))
  else printIngest(figures)
}
process.exit(0)
