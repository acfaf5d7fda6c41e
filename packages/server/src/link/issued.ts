// SPDX-License-Identifier: Apache-2.0
/** The certificates that we have given to links, and which of them are good now. Judged from memory: each login asks. */
import { Goodbye } from '@openhmp/protocol/hmp'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { IssuedLink } from './device-authority.ts'

/** How long an old certificate goes on beside the one that renews it. */
export const OVERLAP_MS = 24 * 60 * 60_000

/** A certificate as it is kept. */
export type LinkCertificateRow = Selectable<Tables['linkCertificate']>

/** All certificates that were issued. */
export class Issued {
  readonly #store: Store
  readonly #now: () => number
  readonly #rows = new Map<string, LinkCertificateRow>()
  /** Fingerprints, oldest first. */
  readonly #ofDevice = new Map<string, string[]>()

  private constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  static async open(store: Store, now: () => number): Promise<Issued> {
    const issued = new Issued(store, now)
    const rows = await store.db.selectFrom('linkCertificate').selectAll().orderBy('issuedAt').execute()
    for (const row of rows) issued.#hold(row)
    return issued
  }

  #hold(row: LinkCertificateRow): void {
    this.#rows.set(row.fingerprint, row)
    this.#ofDevice.set(row.deviceId, [...(this.#ofDevice.get(row.deviceId) ?? []), row.fingerprint])
  }

  #of(deviceId: string): LinkCertificateRow[] {
    return (this.#ofDevice.get(deviceId) ?? []).flatMap((fingerprint) => this.#rows.get(fingerprint) ?? [])
  }

  /** By SHA-256 of its DER, lower-case hex. */
  find(fingerprint: string): LinkCertificateRow | undefined {
    return this.#rows.get(fingerprint)
  }

  /** Why a certificate is not good now; undefined when it is. */
  fault(fingerprint: string): Goodbye | undefined {
    const row = this.#rows.get(fingerprint)
    if (!row) return new Goodbye('login', 'this certificate was not issued here')
    if (row.revokedAt !== null) return new Goodbye('revoked', 'this certificate was revoked')
    const nowMs = this.#now()
    if (nowMs >= row.notAfter) return new Goodbye('login', 'this certificate is over: join again')
    if (nowMs >= row.endsAt) return new Goodbye('login', 'this certificate was renewed: use the new one')
    return undefined
  }

  /** Of a device, the newest that is good. */
  newest(deviceId: string): LinkCertificateRow | undefined {
    return this.#of(deviceId).findLast(({ fingerprint }) => !this.fault(fingerprint))
  }

  /** The one that was issued to a device for a key, good or not. */
  forKey(deviceId: string, keyHash: string): LinkCertificateRow | undefined {
    return this.#of(deviceId).find((row) => row.keyHash === keyHash)
  }

  /** Keeps a new one; with `instead`, that one ends after the overlap. On the disk when it resolves. */
  async add(
    issued: IssuedLink,
    of: { deviceId: string; identity: string; role: 'device' | 'agent'; keyHash: string },
    instead?: LinkCertificateRow,
  ): Promise<LinkCertificateRow> {
    const { pem, fingerprint, notAfter } = issued
    const issuedAt = this.#now()
    const row: LinkCertificateRow = { fingerprint, ...of, pem, issuedAt, notAfter, endsAt: notAfter, revokedAt: null }
    const { db } = this.#store
    const ended = instead && { ...instead, endsAt: Math.min(instead.endsAt, issuedAt + OVERLAP_MS) }
    await this.#store.write([
      db.insertInto('linkCertificate').values(row),
      ...(ended
        ? [db.updateTable('linkCertificate').set({ endsAt: ended.endsAt }).where('fingerprint', '=', ended.fingerprint)]
        : []),
    ])
    this.#hold(row)
    if (ended) this.#rows.set(ended.fingerprint, ended)
    return row
  }

  /** Voids all of a device. On the disk when it resolves. */
  async revoke(deviceId: string): Promise<void> {
    const revokedAt = this.#now()
    // At once, and again from the disk after a restart.
    for (const row of this.#of(deviceId))
      if (row.revokedAt === null) this.#rows.set(row.fingerprint, { ...row, revokedAt })
    await this.#store.db
      .updateTable('linkCertificate')
      .set({ revokedAt })
      .where('deviceId', '=', deviceId)
      .where('revokedAt', 'is', null)
      .execute()
  }

  /** Forgets those whose life is long over. */
  async sweep(): Promise<void> {
    const before = this.#now() - 365 * OVERLAP_MS
    await this.#store.db.deleteFrom('linkCertificate').where('notAfter', '<', before).execute()
    for (const row of [...this.#rows.values()]) if (row.notAfter < before) this.#rows.delete(row.fingerprint)
  }
}

/** Two thirds of its life: when it should be renewed. */
export const renewAfterOf = ({ issuedAt, notAfter }: LinkCertificateRow): number =>
  Math.floor(issuedAt + ((notAfter - issuedAt) * 2) / 3)
