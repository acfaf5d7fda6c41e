// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run dev`: emulated cameras, the server (restarted when its sources change) and the console with hot reload, in one
 * terminal. The console is on http://localhost:5173 and hands API and pictures through to the server.
 */
import { spawn } from 'node:child_process'
import { install, pinnedNode, root, tool } from './prepare.mjs'

install()
const parts = [
  ['server', ['--watch', 'packages/cli/src/main.ts', 'serve', '--demo', '4', '--data', 'data/dev']],
  ['console', [tool('vite/bin/vite.js'), 'packages/console', '--clearScreen', 'false']],
]
const running = parts.map(([name, args]) => {
  const child = spawn(pinnedNode, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '1' },
  })
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()
      for (const line of lines) process.stdout.write(`${name.padEnd(8)}| ${line}\n`)
    })
  }
  child.on('exit', (code) => stop(code ?? 1))
  return child
})

function stop(code) {
  for (const child of running) child.kill('SIGTERM')
  process.exitCode = code
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop(0))
