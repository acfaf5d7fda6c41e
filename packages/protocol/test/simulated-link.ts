// SPDX-License-Identifier: Apache-2.0
/** Two HMP sessions and the line between them, under virtual time: latency, bandwidth, and bytes cut anywhere. For tests. */
import { createHmac } from 'node:crypto'
import { concat } from '../src/base/bytes.ts'
import type { HttpResponseInit } from '../src/http/message.ts'
import { encodeRtp } from '../src/rtp/packet.ts'
import { frame4571 } from '../src/rtp/rfc4571.ts'
import type { MediaUnit } from '../src/rtp/unit.ts'
import type { Closing, IncomingRequest, SessionOptions } from '../src/session/options.ts'
import { HmpSession } from '../src/session/session.ts'

export const testKey = new Uint8Array(32).map((_, i) => i)
export const hmac = async (key: Uint8Array, data: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(createHmac('sha256', key).update(data).digest())

/** Lets promises that are ready run. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 12; i++) await Promise.resolve()
}

/** Virtual time: what is due runs in order, promises in between. */
export class VirtualTime {
  now = 0
  #due: { at: number; order: number; run: () => void }[] = []
  #order = 0

  at(at: number, run: () => void): void {
    this.#due.push({ at, order: this.#order++, run })
  }

  every(ms: number, run: () => void): void {
    const again = () => {
      run()
      this.at(this.now + ms, again)
    }
    this.at(this.now + ms, again)
  }

  async pass(ms: number): Promise<void> {
    const until = this.now + ms
    await settle()
    for (;;) {
      let next = this.#due[0]
      for (const due of this.#due)
        if (next && (due.at < next.at || (due.at === next.at && due.order < next.order))) next = due
      if (!next || next.at > until) break
      this.#due.splice(this.#due.indexOf(next), 1)
      this.now = Math.max(this.now, next.at)
      next.run()
      await settle()
    }
    this.now = until
  }
}

export interface LineOptions {
  readonly latencyMs?: number
  /** Both ways; without it, no limit. */
  bytesPerMs?: number
  /** Sizes of the pieces that arrive, used in turn; whole packets when left out. */
  readonly cuts?: readonly number[]
}

interface Half {
  readonly session: HmpSession
  readonly requests: IncomingRequest[]
  readonly closings: Closing[]
}

export interface Pair {
  readonly time: VirtualTime
  readonly line: LineOptions & { bytesPerMs?: number }
  readonly dialler: Half
  readonly acceptor: Half
  /** Packets each way, as they were written. */
  readonly written: { readonly fromDialler: Uint8Array[]; readonly fromAcceptor: Uint8Array[] }
}

export type Answer = (request: IncomingRequest) => Promise<HttpResponseInit>

export interface PairOptions {
  readonly line?: LineOptions
  readonly diallerAnswers?: Answer
  readonly acceptorAnswers?: Answer
  readonly dialler?: Partial<SessionOptions>
  readonly acceptor?: Partial<SessionOptions>
  /** Sees what the dialler writes, as it is. */
  onWrite?(parts: readonly Uint8Array[]): void
}

let seed = 1
const random = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed >> 8
  })

const notHere: Answer = async () => ({ status: 404 })

/** Two sessions, started but not yet through their login: pass some time. The dialler is a device, the acceptor its CMS. */
export const pairOf = (options: PairOptions = {}): Pair => {
  const time = new VirtualTime()
  const line = { ...options.line }
  const written = { fromDialler: [] as Uint8Array[], fromAcceptor: [] as Uint8Array[] }
  const halves: Partial<Record<'dialler' | 'acceptor', Half>> = {}
  const make = (side: 'dialler' | 'acceptor', answer: Answer, login: SessionOptions['login']): Half => {
    const requests: IncomingRequest[] = []
    const closings: Closing[] = []
    const record = side === 'dialler' ? written.fromDialler : written.fromAcceptor
    const send = oneWay(time, line, (bytes) =>
      halves[side === 'dialler' ? 'acceptor' : 'dialler']?.session.receive(bytes),
    )
    const session = new HmpSession({
      side,
      role: side === 'dialler' ? 'device' : 'cms',
      identity: side === 'dialler' ? 'cam-7' : 'cms-1',
      software: 'test/1',
      login,
      now: () => time.now,
      wallNow: () => 1_795_410_000_000 + time.now + (side === 'dialler' ? 0 : 5000),
      random,
      write: (parts) => {
        if (side === 'dialler') options.onWrite?.(parts)
        const packet = concat(parts)
        record.push(packet)
        send(packet)
      },
      onRequest: (request) => {
        requests.push(request)
        return answer(request)
      },
      onClose: (closing) => closings.push(closing),
      ...options[side],
    })
    time.every(50, () => session.tick())
    return { session, requests, closings }
  }
  const lookup = () => ({ key: testKey })
  const admit = () => ({ session: 's-1', epoch: 1 })
  halves.acceptor = make('acceptor', options.acceptorAnswers ?? notHere, { kind: 'accept', lookup, admit, hmac })
  halves.dialler = make('dialler', options.diallerAnswers ?? notHere, { kind: 'key', key: testKey, hmac })
  const { dialler, acceptor } = halves as Record<'dialler' | 'acceptor', Half>
  acceptor.session.start()
  dialler.session.start()
  return { time, line, dialler, acceptor, written }
}

/** One direction of the line. */
const oneWay = (
  time: VirtualTime,
  line: LineOptions,
  deliver: (bytes: Uint8Array) => void,
): ((packet: Uint8Array) => void) => {
  let freeAtMs = 0
  let cut = 0
  return (packet) => {
    const pieces: Uint8Array[] = []
    const { cuts } = line
    for (let at = 0; at < packet.length; ) {
      // On a slow line bytes trickle in; on a fast one a packet comes at once.
      const size = cuts ? Math.max(1, cuts[cut++ % cuts.length]!) : line.bytesPerMs ? 4096 : packet.length
      pieces.push(packet.slice(at, at + size))
      at += size
    }
    for (const piece of pieces) {
      freeAtMs = Math.max(freeAtMs, time.now) + (line.bytesPerMs ? piece.length / line.bytesPerMs : 0)
      time.at(freeAtMs + (line.latencyMs ?? 0), () => deliver(piece))
    }
  }
}

/** A unit of about `bytes` bytes in RTP packets of 1400. */
export const unitOf = (fields: {
  isKey?: boolean
  bytes?: number
  timestamp?: number
  kind?: 'video' | 'audio'
  isDamaged?: boolean
}): MediaUnit => {
  const { isKey = false, bytes = 1000, timestamp = 0, kind = 'video', isDamaged = false } = fields
  const packets: Uint8Array[] = []
  for (let left = bytes; left > 0; left -= 1400)
    packets.push(
      encodeRtp({
        payloadType: 96,
        sequence: packets.length,
        timestamp,
        ssrc: 7,
        marker: left <= 1400,
        payload: new Uint8Array(Math.min(left, 1400)),
      }),
    )
  const payload = frame4571(packets)
  return { kind, timestamp, isKey, isDamaged, payload, sizeBytes: payload.length }
}

/** A camera: at 25 units a second, a key every `group` units and ten times as large as the others, `bitsPerSecond` in all. */
export const cameraOf = (bitsPerSecond: number, group: number): ((index: number) => MediaUnit) => {
  const perGroup = (bitsPerSecond / 8 / 25) * group
  const small = perGroup / (group + 9)
  return (index) =>
    unitOf({
      isKey: index % group === 0,
      bytes: Math.floor(index % group === 0 ? small * 10 : small),
      timestamp: index * 3600,
    })
}
