// SPDX-License-Identifier: Apache-2.0
/** `npm run bench`: the live path beside its floors, in one run. `--help` prints the options. */
import { parseArgs } from 'node:util'
import { type Figures, type Peer, runCase, type Timing } from './case.ts'
import { ingest } from './ingest.ts'
import { own, ownPlain } from './own.ts'
import { floor, nodeFloor } from './peers.ts'
import { build, makeMedia } from './programs.ts'
import { printIngest, printMemoryPerViewer, printTable } from './table.ts'

const HELP = `Measures the live path beside its floors and prints a table in Markdown.

  npm run bench -- [options]

  --quick      one short run of each case (2 s to settle, 4 s measured)
  --runs N     runs of each case, the median counts; default 3, with --quick 1
  --only NAME  the relays whose name holds NAME; "ingest" for the ingest alone
  --json       a line of JSON a run instead of the tables
  --help       this text

Without --quick each run settles for 4 s and is measured for 8 s: about 7 minutes for --runs 2.
BENCH_VERBOSE=1 shows what the measured programs print.`

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const runs = Number(values.runs ?? (values.quick ? 1 : 3))
const timing: Timing = values.quick ? { warmSeconds: 2, windowSeconds: 4 } : { warmSeconds: 4, windowSeconds: 8 }
const wanted = (name: string): boolean => !values.only || name.toLowerCase().includes(values.only.toLowerCase())
const peers: readonly Peer[] = [floor, nodeFloor, ownPlain, own].filter(({ name }) => wanted(name))
const cases = [
  { cameras: 50, readers: 50 },
  { cameras: 1, readers: 1 },
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
if (!values.json && results.length > 0) {
  printTable(results)
  printMemoryPerViewer(results)
}
if (wanted('ingest')) {
  const figures = await ingest(50, timing)
  if (values.json) for (const one of figures) console.log(JSON.stringify({ case: 'ingest', ...one }))
  else printIngest(figures)
}
process.exit(0)
