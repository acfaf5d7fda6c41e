#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/**
 * The `hmp` command's front door, in plain JavaScript for whatever Node is on the path. In a clone the sources run as they
 * are, which needs Node 24: an older one hands over to the pinned one. What is published is compiled and needs 22.16.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const compiled = join(here, '../dist/main.js')
const source = join(here, '../src/main.ts')
const isSource = existsSync(source)
const main = isSource ? source : compiled
const [needMajor, needMinor] = isSource ? [24, 0] : [22, 16]
const [major, minor] = process.versions.node.split('.').map(Number)

/** The Node that npm installed beside us, in this folder or one above. */
function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  for (let folder = here; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', 'node', 'bin', name)
    if (existsSync(path)) return path
    if (dirname(folder) === folder) return undefined
  }
}

if (major > needMajor || (major === needMajor && minor >= needMinor)) await import(pathToFileURL(main).href)
else {
  const node = pinnedNode()
  if (node === undefined) {
    process.stderr.write(
      `hmp: Node ${process.versions.node} is too old; install Node ${needMajor}.${needMinor} or later [node.old]\n`,
    )
    process.exit(1)
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}
