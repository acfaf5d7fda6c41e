// SPDX-License-Identifier: Apache-2.0
/**
 * How a device comes in: by the key of its token, or by a certificate that it fetches with a join token, keeps in a file of the state
 * folder where there is one, and renews (hmp.md §12). A new key is on the disk before the CMS hears of it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Clock } from '@openhmp/protocol/base'
import { type DialToken, type JoinToken, parseDialToken, parseJoinToken } from '@openhmp/protocol/hmp'
import type { HmpSession } from '@openhmp/protocol/session'
import { enrol, makeKey, type OwnCertificate, renew } from './enrol.ts'

/** What the device shows at the door. */
export type Pass =
  | { readonly kind: 'key'; readonly identity: string; readonly caFingerprint: string; readonly key: Uint8Array }
  | {
      readonly kind: 'certificate'
      readonly identity: string
      readonly caFingerprint: string
      readonly certificate: OwnCertificate
      readonly url: string
    }

/** In the file. `nextKey` waits for its certificate. */
interface Kept {
  readonly tokenId: string
  readonly address: string
  readonly caFingerprint: string
  readonly nextKey?: string
  readonly held?: OwnCertificate
}

/** What membership goes by. */
export interface MembershipOptions {
  /** A token of either form. */
  readonly token: string
  readonly serialNumber: string
  readonly proxy?: string | undefined
  /** Where the certificate is kept; in memory alone when left out. Holds the device's key. */
  readonly file?: string | undefined
  readonly clock: Clock
}

/** One device's. */
export class Membership {
  readonly #options: MembershipOptions
  readonly #key: DialToken | undefined
  readonly #join: JoinToken | undefined
  #kept: Kept | undefined

  private constructor(options: MembershipOptions, key: DialToken | undefined, join: JoinToken | undefined) {
    this.#options = options
    this.#key = key
    this.#join = join
    if (join) this.#kept = read(options.file, join)
  }

  /** Undefined for text that is no token. */
  static of(options: MembershipOptions): Membership | undefined {
    const key = parseDialToken(options.token)
    const join = key ? undefined : parseJoinToken(options.token)
    return key || join ? new Membership(options, key, join) : undefined
  }

  /** Whether the token says itself whom to dial. */
  get knowsAddress(): boolean {
    return this.#join !== undefined
  }

  /** Who the device is; undefined before it has joined. */
  get identity(): string | undefined {
    return this.#key?.identity ?? this.#kept?.held?.identity
  }

  /** What to come in with; joins first where that is still to be done. Rejects as `enrol` does. */
  async pass(signal: AbortSignal): Promise<Pass> {
    if (this.#key) return { kind: 'key', ...this.#key }
    const join = this.#join!
    const { caFingerprint, address } = join
    let held = this.#kept?.held
    if (!held) {
      const key = this.#kept?.nextKey ?? makeKey()
      const { serialNumber, proxy } = this.#options
      this.#keep({ tokenId: join.id, address, caFingerprint, nextKey: key })
      held = await enrol(join, { key, serialNumber, proxy }, signal)
      this.#keep({ tokenId: join.id, address, caFingerprint, held })
    }
    return { kind: 'certificate', identity: held.identity, caFingerprint, certificate: held, url: `hmps://${address}` }
  }

  /** Renews the certificate when its time has come. Resolves with whether it did. Rejects as `renew` does. */
  async renewWhenDue(session: HmpSession, signal: AbortSignal): Promise<boolean> {
    const kept = this.#kept
    if (!kept?.held || this.#options.clock.now() < kept.held.renewAfter) return false
    const key = kept.nextKey ?? makeKey()
    this.#keep({ ...kept, nextKey: key })
    const { nextKey: _, ...rest } = kept
    this.#keep({ ...rest, held: await renew(session, kept.held, key, signal) })
    return true
  }

  #keep(kept: Kept): void {
    this.#kept = kept
    const { file } = this.#options
    if (file === undefined) return
    writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
}

/** What was kept for this very token; a new token begins anew. */
const read = (file: string | undefined, { id }: JoinToken): Kept | undefined => {
  if (file === undefined) return undefined
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
    return kept.tokenId === id ? kept : undefined
  } catch {
    return undefined // none, or half of one: the token is tried
  }
}
