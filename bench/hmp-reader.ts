// SPDX-License-Identifier: Apache-2.0
/**
 * Viewers over HMP in WebSocket: M sessions, each with one live stream, measured like `src/reader.c` does and printed in
 * the same form. Frames carry their send time and number in an SEI, so latency and loss are end to end.
 *
 * Options come as JSON in argv[2]; `devices` is used round-robin.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HmpSession, type ReceivedUnit } from '@openhmp/protocol/session'
import { WebSocket } from 'ws'

interface Options {
  readonly url: string
  readonly cookie?: string
  readonly origin?: string
  readonly devices: readonly string[]
  readonly readers: number
  readonly warmSeconds: number
  readonly windowSeconds: number
}

const options = JSON.parse(process.argv[2]!) as Options
const MARK = Buffer.from('CMSBENCHsendtime')
const microseconds = (): number => Number(process.hrtime.bigint() / 1000n)

const counts = { bytes: 0, frames: 0, framesLost: 0, shed: 0 }
const latencies: number[] = []
let isInWindow = false

class Viewer {
  readonly #from = microseconds()
  #lastFrame: number | undefined
  #lastAt = 0
  firstKeyUs: number | undefined

  get isLive(): boolean {
    return microseconds() - this.#lastAt < 2_000_000
  }

  push(unit: ReceivedUnit): void {
    const at = microseconds()
    this.#lastAt = at
    if (unit.isKey) this.firstKeyUs ??= at - this.#from
    const bytes = Buffer.from(unit.payload.buffer, unit.payload.byteOffset, unit.payload.length)
    // The SEI stands in the first packets of the unit: no need to look through the picture.
    const mark = bytes.subarray(0, 2048).indexOf(MARK)
    const frame = mark < 0 ? undefined : Number.parseInt(bytes.toString('latin1', mark + 32, mark + 40), 16)
    if (isInWindow) {
      counts.bytes += unit.sizeBytes
      counts.frames++
      counts.shed += unit.shed
      if (mark >= 0) latencies.push(at - Number.parseInt(bytes.toString('latin1', mark + 16, mark + 32), 16))
      if (frame !== undefined && this.#lastFrame !== undefined && frame > this.#lastFrame + 1)
        counts.framesLost += frame - this.#lastFrame - 1
    }
    if (frame !== undefined) this.#lastFrame = frame
  }
}

const watch = (device: string): Promise<Viewer> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(options.url, 'hmp.1', {
      rejectUnauthorized: false,
      perMessageDeflate: false,
      headers: { ...(options.cookie && { cookie: options.cookie }), ...(options.origin && { origin: options.origin }) },
    })
    const viewer = new Viewer()
    const session = new HmpSession({
      side: 'dialler',
      role: 'console',
      identity: 'bench',
      software: 'openhmp-bench',
      login: { kind: 'carrier' },
      now: () => performance.now(),
      wallNow: () => Date.now(),
      random: (count) => randomBytes(count),
      write: (parts) => socket.send(Buffer.concat(parts)),
      onRequest: async () => ({ status: 404 }),
      onOpen: () => {
        session
          .openStream(
            { device, channel: 1, kind: 'live', profile: 'main', media: ['video'] },
            { signal: AbortSignal.timeout(20_000), onUnit: (unit) => viewer.push(unit) },
          )
          .then(() => resolve(viewer), reject)
      },
      onClose: ({ code, text }) => reject(new Error(`session closed: ${code} ${text}`)),
    })
    socket.on('open', () => session.start())
    socket.on('message', (data: Buffer) => session.receivePacket(data))
    socket.on('error', reject)
    socket.on('close', () => session.carrierClosed())
    setInterval(() => session.tick(), 100)
  })

const percentile = (sorted: readonly number[], share: number): number =>
  sorted.length === 0 ? -1 : Number((sorted[Math.floor(share * (sorted.length - 1))]! / 1000).toFixed(2))
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const viewers: Viewer[] = []
for (let i = 0; i < options.readers; i++) {
  viewers.push(await watch(options.devices[i % options.devices.length]!))
  await sleep(5)
}
await sleep(options.warmSeconds * 1000)
isInWindow = true
const from = performance.now()
print({ ev: 'start' })
await sleep(options.windowSeconds * 1000)
isInWindow = false
const secs = (performance.now() - from) / 1000
latencies.sort((a, b) => a - b)
const first = viewers.flatMap((viewer) => viewer.firstKeyUs ?? []).sort((a, b) => a - b)
print({
  ev: 'end',
  secs,
  bytes: counts.bytes,
  mbps: (counts.bytes * 8) / secs / 1e6,
  frames: counts.frames,
  framesLost: counts.framesLost,
  shed: counts.shed,
  live: viewers.filter((viewer) => viewer.isLive).length,
  ttffMs: { p50: percentile(first, 0.5), max: percentile(first, 1) },
  latMs: { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
})
process.exit(0)
