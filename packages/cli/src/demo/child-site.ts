// SPDX-License-Identifier: Apache-2.0
/**
 * The demo site for `hmp serve`: emulated cameras in a child process, `hmp emulate`, so that they use another core and share
 * nothing with the server but the network. The child ends with us, however we end: it watches the channel between us.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LinkError } from '@openhmp/protocol/base'
import type { DemoRequest, DemoSite, RunningSite } from '@openhmp/server'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const USER = 'admin'
/** A child that does not end when asked is ended. */
const END_MS = 3000
/** What is kept of the child's words, for the reason of its death. */
const MAX_LAST_WORDS = 400

/** What `hmp emulate --json` prints for each device. */
interface DeviceLine {
  readonly index: number
  readonly httpUrl: string
  readonly rtspUrl: string
}

export const childSite: DemoSite = {
  async start(request: DemoRequest, options: { signal: AbortSignal }): Promise<RunningSite> {
    const { url, tokens } = request.join
    const password = randomBytes(12).toString('base64url')
    const count = request.direct + tokens.length
    const ports = ['--http-port', '0', '--rtsp-port', '0']
    const dial = tokens.length > 0 ? ['--hmp', url] : []
    const child = spawn(process.execPath, [main, 'emulate', '--json', '--cameras', String(count), ...ports, ...dial], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Secrets go by the environment: a command line can be read by every user of the machine.
      env: { ...process.env, HMP_DEVICE_PASSWORD: password, HMP_JOIN: tokens.join(' ') },
    })
    let lastWords = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-MAX_LAST_WORDS)
    })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    try {
      const devices = await readDevices(child, count, options.signal, () => lastWords)
      let isOurs = false
      void ended.then(() => {
        if (!isOurs) request.onEnd(`the emulated cameras ended by themselves: ${oneLine(lastWords)}`)
      })
      // The first cameras hold the tokens and dial in; the others are reached by address.
      const direct = devices.filter(({ index }) => index >= tokens.length)
      return {
        direct: direct.map(({ httpUrl, rtspUrl }) => ({
          address: new URL(httpUrl).host,
          rtspPort: Number(new URL(rtspUrl).port),
          userName: USER,
          password,
        })),
        [Symbol.asyncDispose]: () => {
          isOurs = true
          return end(child, ended)
        },
      }
    } catch (error) {
      await end(child, ended)
      throw error
    }
  },
}

/** Waits until the child has named all its devices. Rejects with `signal.reason`, or LinkError `demo.failed` when it ends before. */
function readDevices(
  child: ChildProcess,
  count: number,
  signal: AbortSignal,
  lastWords: () => string,
): Promise<DeviceLine[]> {
  return new Promise((resolve, reject) => {
    const devices: DeviceLine[] = []
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    const died = () =>
      reject(new LinkError('demo.failed', `the emulated cameras did not start: ${oneLine(lastWords())}`))
    child.once('error', died)
    child.once('close', died)
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (devices.length === count) return
      devices.push(JSON.parse(line) as DeviceLine)
      if (devices.length < count) return
      signal.removeEventListener('abort', abort)
      resolve(devices)
    })
    if (signal.aborted) abort()
  })
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
  await ended
  clearTimeout(timer)
}

const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, ' ') || 'no reason was given'
