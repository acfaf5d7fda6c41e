// SPDX-License-Identifier: Apache-2.0
/**
 * The demo site for `hmp serve`: emulated cameras in a child process, `hmp emulate`, so that they use another core and share
 * nothing with the server but the network. The child ends with us, however we end: it watches the channel between us.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LinkError, Scope } from '@openhmp/protocol/base'
import type { DemoRequest, DemoSite, RunningSite } from '@openhmp/server'

/** Beside us: `.ts` in a clone, `.js` in what is published. */
const main = fileURLToPath(new URL(`../main${extname(import.meta.filename)}`, import.meta.url))
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
    // The last of several cameras sends JPEGs: the demo should show that codecs differ.
    const jpegs = request.direct > 1 ? 1 : 0
    const dial = tokens.length > 0 ? ['--hmp', url] : []
    const plan = [
      { cameras: request.direct - jpegs + tokens.length, tokens, args: dial },
      { cameras: jpegs, tokens: [], args: ['--codec', 'mjpeg'], name: 'Yard, MJPEG' },
    ].filter(({ cameras }) => cameras > 0)
    await using scope = new Scope()
    const started = plan.map(async (part) => {
      const child = scope.use(new CameraProcess(part, request.onEnd))
      const devices = await child.devices(options.signal)
      // The first cameras hold the tokens and dial in; the others are reached by address.
      const direct = devices.filter(({ index }) => index >= part.tokens.length)
      const name = part.name === undefined ? {} : { name: part.name }
      return direct.map(({ httpUrl, rtspUrl }) => ({
        address: new URL(httpUrl).host,
        rtspPort: Number(new URL(rtspUrl).port),
        userName: USER,
        password: child.password,
        ...name,
      }))
    })
    const direct = (await Promise.all(started)).flat()
    const running = scope.move()
    return { direct, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
  },
}

interface Part {
  readonly cameras: number
  readonly tokens: readonly string[]
  readonly args: readonly string[]
  readonly name?: string
}

/** One `hmp emulate`. It is ended by disposing. */
class CameraProcess implements AsyncDisposable {
  readonly password = randomBytes(12).toString('base64url')
  readonly #child: ChildProcess
  readonly #count: number
  readonly #ended: Promise<void>
  #isOurs = false
  #isStarted = false
  #lastWords = ''

  constructor({ cameras, tokens, args }: Part, onEnd: (text: string) => void) {
    this.#count = cameras
    const ports = ['--http-port', '0', '--rtsp-port', '0', '--user', USER]
    this.#child = spawn(
      process.execPath,
      [main, 'emulate', '--json', '--cameras', String(cameras), ...ports, ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // Secrets go by the environment: a command line can be read by every user of the machine.
        env: { ...process.env, HMP_DEVICE_PASSWORD: this.password, HMP_JOIN: tokens.join(' ') },
      },
    )
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-MAX_LAST_WORDS)
    })
    this.#ended = new Promise<void>((resolve) => {
      this.#child.once('close', () => resolve())
      this.#child.once('error', () => resolve()) // it could not be started at all
    })
    void this.#ended.then(() => {
      if (this.#isStarted && !this.#isOurs)
        onEnd(`the emulated cameras ended by themselves: ${oneLine(this.#lastWords)}`)
    })
  }

  /** Waits until the child has named all its devices. Rejects with `signal.reason`, or LinkError `demo.failed` when it ends before. */
  async devices(signal: AbortSignal): Promise<DeviceLine[]> {
    const named = new Promise<DeviceLine[]>((resolve) => {
      const devices: DeviceLine[] = []
      createInterface({ input: this.#child.stdout! }).on('line', (line) => {
        if (devices.length < this.#count) devices.push(JSON.parse(line) as DeviceLine)
        if (devices.length === this.#count) resolve(devices)
      })
    })
    const aborted = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    const died = this.#ended.then((): never => {
      throw new LinkError('demo.failed', `the emulated cameras did not start: ${oneLine(this.#lastWords)}`)
    })
    died.catch(() => {}) // heard only while the start is awaited
    const devices = await Promise.race([named, aborted, died])
    this.#isStarted = true
    return devices
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOurs = true
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
    await this.#ended
    clearTimeout(timer)
  }
}

const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, ' ') || 'no reason was given'
