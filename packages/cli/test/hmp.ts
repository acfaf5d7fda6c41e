// SPDX-License-Identifier: Apache-2.0
/** Runs the `hmp` command as its users do: a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../bin/hmp.mjs', import.meta.url))

export interface Outcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** Starts it; `env` is added to a clean environment (without the HMP_ variables of this one). */
export function startHmp(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('HMP_'))
  return spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), HMP_CONFIG: '', ...env },
  })
}

/** Runs it to its end. */
export async function runHmp(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const from = performance.now()
  const child = startHmp(args, env)
  const [stdout, stderr] = [child.stdout, child.stderr].map(async (stream) => {
    let text = ''
    for await (const chunk of stream!.setEncoding('utf8')) text += chunk
    return text
  })
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, stdout: await stdout!, stderr: await stderr!, ms: performance.now() - from }
}
