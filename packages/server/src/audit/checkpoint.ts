// SPDX-License-Identifier: Apache-2.0
/**
 * Checkpoints of the audit: how far its chain had come, signed, in a file outside the data folder. The chain alone cannot tell
 * that its end was cut off, or that all of it was written anew: these can.
 *
 * A line each: JSON with `instance`, `sequence`, `hash`, `time` and `signature`, the last over the others, a line each (Ed25519,
 * RFC 8032). The key comes from the file that seals secrets, so that who has the data alone can sign none.
 */
import { createHmac, createPrivateKey, type KeyObject, sign, verify } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '@openhmp/protocol/base'

/** At the latest, when there is something new. */
const EVERY_MS = 60_000
/** Before that, once so many rows have come. */
const EVERY_ROWS = 1000
const LOOK_MS = 5000
/** Of an Ed25519 private key in PKCS #8 (RFC 8410 §7), before its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** How far the chain had come. */
export interface Checkpoint {
  readonly instance: string
  readonly sequence: number
  readonly hash: string
  readonly time: string
}

/** The key that signs, out of the one that seals. */
export const auditKeyOf = (key: Uint8Array): KeyObject => {
  const seed = createHmac('sha256', key).update('openhmp audit checkpoints').digest()
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
}

const textOf = ({ instance, sequence, hash, time }: Checkpoint): Buffer =>
  Buffer.from(['openhmp audit checkpoint 1', instance, sequence, hash, time].join('\n'))

/** One line of the file. */
export const lineOf = (checkpoint: Checkpoint, key: KeyObject): string => {
  const signature = sign(null, textOf(checkpoint), key).toString('base64url')
  return `${JSON.stringify({ ...checkpoint, signature })}\n`
}

/** What a line says; undefined when nobody with the key has written it. `key`: the private or the public one. */
export const checkpointOf = (line: string, key: KeyObject): Checkpoint | undefined => {
  try {
    const { instance, sequence, hash, time, signature } = JSON.parse(line) as Record<string, unknown>
    if (typeof sequence !== 'number') return undefined
    const checkpoint = { instance: String(instance), sequence, hash: String(hash), time: String(time) }
    const isOurs = verify(null, textOf(checkpoint), key, Buffer.from(String(signature), 'base64url'))
    return isOurs ? checkpoint : undefined
  } catch {
    return undefined
  }
}

interface Parts {
  readonly file: string
  readonly key: KeyObject
  readonly instance: string
  readonly clock: Clock
  /** The newest row that is on the disk. */
  head(): { readonly sequence: number; readonly hash: string }
  onError(error: unknown): void
}

/** Writes them until disposed, and a last one then. */
export class Checkpoints implements AsyncDisposable {
  readonly #parts: Parts
  #key: KeyObject
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #last: { readonly sequence: number; readonly atMs: number }

  constructor(parts: Parts) {
    this.#parts = parts
    this.#key = parts.key
    // The first one comes soon: an audit without any would look as if somebody had taken them away.
    const sequence = existsSync(parts.file) ? parts.head().sequence : 0
    this.#last = { sequence, atMs: Number.NEGATIVE_INFINITY }
    this.#running = this.#run()
  }

  /** No row after this one has been signed for, nor is about to be with the present key. */
  get signedUntil(): number {
    return this.#parts.head().sequence
  }

  /** Signs for what is there now. */
  sign(): Promise<void> {
    return this.#look(true)
  }

  /** Signs with another key from here on. */
  useKey(key: KeyObject): void {
    this.#key = key
  }

  async #run(): Promise<void> {
    const { clock, onError } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, { signal }).catch(() => {}) // aborted: the loop ends
      if (!signal.aborted) await this.#look(false).catch(onError)
    }
    await this.#look(true).catch(onError)
  }

  async #look(isLast: boolean): Promise<void> {
    const { clock, instance, file } = this.#parts
    const { sequence, hash } = this.#parts.head()
    const rows = sequence - this.#last.sequence
    const isDue = isLast || rows >= EVERY_ROWS || clock.monotonic() - this.#last.atMs >= EVERY_MS
    if (rows === 0 || !isDue) return
    const line = lineOf({ instance, sequence, hash, time: new Date(clock.now()).toISOString() }, this.#key)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await appendFile(file, line, { mode: 0o600, flush: true })
    this.#last = { sequence, atMs: clock.monotonic() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}
