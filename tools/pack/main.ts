// SPDX-License-Identifier: Apache-2.0
/** `npm run pack`: the packages as `npm publish` takes them, as archives in `dist/`. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../house/sources.ts'
import { PackError, packAll } from './pack.ts'

try {
  for (const { folder } of packAll(join(root, 'dist', 'stage'), (name) => console.log(`${name} is compiled`))) {
    const [made] = execFileSync('npm', ['pack', '--silent', '--pack-destination', join(root, 'dist')], {
      cwd: folder,
      encoding: 'utf8',
    }).split('\n')
    console.log(join('dist', made ?? ''))
  }
} catch (error) {
  if (!(error instanceof PackError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
