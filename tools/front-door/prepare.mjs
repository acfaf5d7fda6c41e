// SPDX-License-Identifier: Apache-2.0
/**
 * What every command of package.json does first, on whatever Node the machine has (20 or later): install the packages
 * when the lockfile is new, and name the pinned Node. Plain JavaScript without dependencies, since none may be there yet.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
/** The Node that the repository pins, whatever `node` is on the path. */
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

const npm = process.env.npm_execpath

const say = (text) => process.stderr.write(`${text}\n`)

const digestOf = (paths) => {
  const hash = createHash('sha256')
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

const isStamped = (stamp, digest) => existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
const putStamp = (stamp, digest) => {
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
}

const filesUnder = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length))
    .sort()

/** Installs the packages of the lockfile when they are not the ones installed. About half a minute the first time. */
export const install = () => {
  const stamp = join(root, 'node_modules', '.cache', 'openhmp', 'installed')
  const digest = digestOf(['package-lock.json'])
  if (isStamped(stamp, digest) && existsSync(pinnedNode)) return
  say('Installing packages (once, about half a minute) ...')
  // Not `npm ci`: it refuses a lockfile that was made on another platform when a registry lacks some optional binary of
  // a third one. This installs the locked versions just the same, and leaves the lockfile alone.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }
  const done = npm ? spawnSync(process.execPath, [npm, ...args], options) : spawnSync('npm', args, options)
  if (done.status !== 0) {
    say(
      'npm install failed, so nothing was started. Its message is above; check the network and the registry, then run the command again.',
    )
    process.exit(1)
  }
  putStamp(stamp, digest)
}

/** Builds the console when its sources changed since the last build. */
export const buildConsole = () => {
  const stamp = join(root, 'node_modules', '.cache', 'openhmp', 'console')
  const sources = [
    ...['packages/console/src', 'packages/contract/src', 'packages/protocol/src'].flatMap(filesUnder),
    ...[
      'packages/console/index.html',
      'packages/console/vite.config.ts',
      'packages/console/package.json',
      'package-lock.json',
    ],
  ].filter((path) => !path.endsWith('.test.ts'))
  const digest = digestOf(sources)
  if (isStamped(stamp, digest) && existsSync(join(root, 'packages/console/dist/index.html'))) return
  say('Building the console (once for each change) ...')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const done = spawnSync(pinnedNode, [vite, 'build', 'packages/console', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (done.status !== 0) {
    say('The console could not be built. The message above says where.')
    process.exit(1)
  }
  putStamp(stamp, digest)
}

/** Runs a program in the foreground; ends this process with its exit code. Signals reach it through the terminal or by hand. */
export const become = (command, args, env = {}) => {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    say(`${command} could not be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}

/** Runs a step and says how long it took; false when it failed. */
export const step = (name, command, args, env = {}) => {
  const from = Date.now()
  say(`\n== ${name}`)
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  say(`== ${name}: ${done.status === 0 ? 'ok' : 'FAILED'} in ${((Date.now() - from) / 1000).toFixed(1)} s`)
  return done.status === 0
}

/** A tool of node_modules run by the pinned Node: its package and the file in it. */
export const tool = (path) => join(root, 'node_modules', path)

/** True when `path` below the root is there. */
export const isThere = (path) => existsSync(join(root, path)) && statSync(join(root, path)).size > 0
