// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run attacks`: all that is tried against the product, group by group, with how many cases there are and how they ended.
 * A group is a file of tests named `*-attacks.test.ts`; the matrix of rights is one, too. Exit code 1 when one came through.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { root } from '../house/sources.ts'

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

const matrix = 'packages/server/test/rights-matrix.test.ts'
const files = [...globSync('{packages/*/{src,test},e2e}/**/*-attacks.test.ts', { cwd: root }).toSorted(), matrix]
const folder = mkdtempSync(join(tmpdir(), 'hmp-attacks-'))
const outputFile = join(folder, 'report.json')

try {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const options = ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${outputFile}`]
  const child = spawn(process.execPath, [vitest, ...options, ...files], { cwd: root, stdio: ['ignore', 2, 2] })
  await new Promise((resolve) => child.once('close', resolve))
  const { testResults } = JSON.parse(readFileSync(outputFile, 'utf8')) as Report
  console.log('| group | cases | held | came through | not run |\n|---|---|---|---|---|')
  const sums = { cases: 0, held: 0, through: 0, idle: 0 }
  for (const { name, assertionResults } of testResults.toSorted((a, b) => a.name.localeCompare(b.name))) {
    const count = (status: string) => assertionResults.filter((one) => one.status === status).length
    const [held, through] = [count('passed'), count('failed')]
    const idle = assertionResults.length - held - through
    const group = basename(name).replace(/(-attacks)?\.test\.ts$/, '')
    console.log(`| ${group} | ${assertionResults.length} | ${held} | ${through} | ${idle} |`)
    sums.cases += assertionResults.length
    sums.held += held
    sums.through += through
    sums.idle += idle
    for (const { status, fullName } of assertionResults)
      if (status === 'failed') process.stderr.write(`came through: ${fullName}\n`)
  }
  console.log(`| all | ${sums.cases} | ${sums.held} | ${sums.through} | ${sums.idle} |`)
  process.exitCode = sums.through > 0 || testResults.length < files.length ? 1 : 0
} finally {
  rmSync(folder, { recursive: true })
}
