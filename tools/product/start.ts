// SPDX-License-Identifier: Apache-2.0
/** The product as a newcomer starts it: the command behind `npm start`, in a data folder of its own, on a free port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../house/sources.ts'

/** Below the ports that systems give to outgoing connections (32768 on Linux), so that none of those takes it meanwhile. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000]

/** A port that nothing listens on now, for what must be told its port before it starts, or keep it over a restart. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

export interface Product extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly dataDir: string
  readonly password: string
  /** All that it printed so far. */
  output(): string
  /** Resolves when what it printed matches. */
  printed(pattern: RegExp, withinMs: number): Promise<RegExpExecArray>
  /** Resolves when all of it has ended. SIGKILL ends the launcher alone: the server would live on. */
  kill(signal: NodeJS.Signals): Promise<void>
  readonly child: ChildProcess
}

/** Starts the CMS; resolves once it says where it listens. `again`: one that was killed, with the same data and address. */
export const startProduct = async (env: Record<string, string> = {}, again?: Product): Promise<Product> => {
  const dataDir = again ? dirname(again.dataDir) : mkdtempSync(join(tmpdir(), 'hmp-e2e-'))
  const port = again?.port ?? (await freePort())
  const password = 'a long password for tests'
  const child: ChildProcess = spawn(process.execPath, ['tools/front-door/start.mjs'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HMP_DATA: join(dataDir, 'data'),
      HMP_KEY_FILE: join(dataDir, 'key'),
      HMP_PORT: String(port),
      HMP_ADMIN_PASSWORD: password,
      ...env,
    },
  })
  let text = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const watcher of watchers) watcher()
    })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const printed = (pattern: RegExp, withinMs: number): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer)
        watchers.delete(look)
        reject(new Error(`${why} before ${pattern} was printed:\n${text}`))
      }
      const look = () => {
        const match = pattern.exec(text)
        if (!match) return
        clearTimeout(timer)
        watchers.delete(look)
        resolve(match)
      }
      const timer = setTimeout(() => fail(`${withinMs} ms passed`), withinMs)
      watchers.add(look)
      void ended.then(() => fail('it ended'))
      look()
    })
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  const product: Product = {
    url: `https://localhost:${port}`,
    port,
    dataDir: join(dataDir, 'data'),
    password,
    output: () => text,
    printed,
    kill,
    child,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await kill('SIGTERM')
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  try {
    await printed(new RegExp(`https://localhost:${port}`), 120_000)
  } catch (error) {
    await product[Symbol.asyncDispose]()
    throw error
  }
  return product
}
