// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run fuzz`: ten million mutated inputs for every parser.
 *
 *   --target NAME   only this one (may be repeated)        --runs N    inputs for each, default 10000000
 *   --seed N        default 1; another seed, other inputs  --first N   the first run, to repeat a failure
 *   --jobs N        threads, default one a core            --list      names of the targets
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type SupervisedResult, supervise } from './supervise.ts'
import { targets } from './targets.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    runs: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    list: { type: 'boolean', default: false },
  },
})

const numberOf = (name: 'runs' | 'seed' | 'first' | 'jobs'): number => {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= 0) return value
  process.stderr.write(`--${name} wants a whole number\n`)
  process.exit(2)
}
const [runs, seed, firstRun, jobs] = [numberOf('runs'), numberOf('seed'), numberOf('first'), numberOf('jobs')]

const names = values.target ?? targets.map(({ name }) => name)
const unknown = names.find((name) => !targets.some((target) => target.name === name))
if (unknown !== undefined) {
  process.stderr.write(`no target "${unknown}"; there are ${targets.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}

const isTerminal = process.stdout.isTTY === true
const running = new Map<string, number>()
let hasFailed = false

const showProgress = (): void => {
  if (!isTerminal) return
  const parts = [...running].map(([name, run]) => `${name} ${Math.floor((100 * Math.max(0, run - firstRun)) / runs)} %`)
  process.stdout.write(`\r\u001b[K${parts.join('  ')}`)
}

const show = (name: string, result: SupervisedResult): void => {
  const rate = Math.round(result.runs / (result.ms / 1000)).toLocaleString('en')
  const share = Math.round((100 * result.refused) / result.runs)
  const growth = (result.growthBytes / 1024 / 1024).toFixed(1)
  const facts = `${result.runs.toLocaleString('en')} runs, ${rate}/s, ${share} % refused, slowest ${result.slowestMs.toFixed(1)} ms, processor ${(result.cpuMs / 1000).toFixed(1)} s, kept ${growth} MB`
  process.stdout.write(`${isTerminal ? '\r\u001b[K' : ''}${name.padEnd(18)} ${facts}\n`)
  for (const { run, what, inputHex } of result.failures) {
    hasFailed = true
    process.stdout.write(
      `  FAILED ${what}\n    npm run fuzz -- --target ${name} --seed ${seed} --first ${run} --runs 1\n    ${inputHex}\n`,
    )
  }
}

const queue = [...names]
const work = async (): Promise<void> => {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const target = name
    try {
      const result = await supervise({ target, seed, firstRun, runs }, (run) => {
        running.set(target, run)
        showProgress()
      })
      running.delete(target)
      show(target, result)
    } catch (error) {
      running.delete(target)
      hasFailed = true
      process.stdout.write(`${target.padEnd(18)} FAILED ${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
}

if (values.list) process.stdout.write(`${names.join('\n')}\n`)
else {
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work))
  process.exitCode = hasFailed ? 1 : 0
}
