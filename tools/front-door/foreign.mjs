// SPDX-License-Identifier: Apache-2.0
/** Installs the foreign programs that tests need and that are missing, where that is possible: as root, with apt. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const table = JSON.parse(readFileSync(new URL('../foreign.json', import.meta.url), 'utf8'))
const works = ([command, ...args]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** Looks for every program of the table, installs what is missing when this is root on Debian, and says what it did. */
export const installForeign = () => {
  const missing = Object.entries(table).filter(([, { probe }]) => !works(probe))
  if (missing.length === 0) return
  const packages = [...new Set(missing.flatMap(([, { apt }]) => apt))]
  const names = missing.map(([name]) => name).join(', ')
  if (process.getuid?.() !== 0 || !works(['apt-get', '--version'])) {
    process.stderr.write(
      `Missing, so the tests that need them will not run: ${names}\n  sudo apt-get install ${packages.join(' ')}\n`,
    )
    return
  }
  process.stderr.write(`Installing programs that tests use as witnesses (${names}) ...\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) => spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  apt('update')
  apt('install', '-y', ...packages)
}
