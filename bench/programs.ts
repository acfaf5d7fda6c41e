// SPDX-License-Identifier: Apache-2.0
/** Programs that a measurement starts: the C ones are built once, all are ended with the run. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const here = import.meta.dirname
const bin = join(here, 'bin')
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** Path of a built C program of `bench/src`. */
export const program = (name: string): string => join(bin, name)

/** Builds what is older than its source. */
export const build = (): void => {
  mkdirSync(bin, { recursive: true })
  for (const name of ['camsim', 'reader', 'relayfloor']) {
    const sources = [join(here, 'src', `${name}.c`), join(here, 'src', 'common.h')]
    const isFresh =
      existsSync(program(name)) && sources.every((source) => statSync(source).mtimeMs < statSync(program(name)).mtimeMs)
    if (!isFresh) execFileSync('gcc', ['-O2', '-w', '-o', program(name), sources[0]!], { stdio: 'inherit' })
  }
}

/** Makes the test media that are not there yet; needs ffmpeg. */
export const makeMedia = (): void => {
  execFileSync(join(here, 'media', 'make-media.sh'), { stdio: ['ignore', 'ignore', 'inherit'] })
}

export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  /** Lines of standard output and standard error that are JSON, as they come. */
  onJson(listener: (value: Record<string, unknown>) => void): void
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts a program; `BENCH_VERBOSE=1` shows what it prints. */
export const start = (
  command: string,
  args: readonly (string | number)[],
  env: Record<string, string> = {},
): Running => {
  const child = spawn(command, args.map(String), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  running.add(child)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void ended.then(() => running.delete(child))
  child.on('error', (error) => process.stderr.write(`${command}: ${error.message}\n`))
  const listeners: ((value: Record<string, unknown>) => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (process.env['BENCH_VERBOSE']) process.stderr.write(text)
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (line.startsWith('{')) for (const listener of listeners) listener(JSON.parse(line))
    })
  }
  return {
    pid: child.pid ?? 0,
    child,
    onJson: (listener) => listeners.push(listener),
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 3000)
      await ended
      clearTimeout(late)
    },
  }
}

/** Waits until something listens on a loopback port. */
export const portUp = async (port: number, withinMs = 15_000): Promise<void> => {
  for (let waited = 0; waited < withinMs; waited += 50) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (isUp) return
    await sleep(50)
  }
  throw new Error(`nothing listens on port ${port}`)
}
