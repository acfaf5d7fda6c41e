// SPDX-License-Identifier: Apache-2.0
/** Links by certificate: joining, renewing, judging, revoking (docs/protocol/hmp.md §12). */
import type { Link } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Goodbye } from '@openhmp/protocol/hmp'
import type { HmpSession } from '@openhmp/protocol/session'
import type { Audit } from '../audit/audit.ts'
import type { KnownDevice } from '../fleet/device-row.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { hmpPlaceOf, type Presence } from '../fleet/presence.ts'
import { checkRequest, type DeviceAuthority } from './device-authority.ts'
import { type Issued, type LinkCertificateRow, renewAfterOf } from './issued.ts'
import type { JoinTokens, Shown, TokenRow } from './join-tokens.ts'

/** What links need of their neighbours. */
export interface LinkParts {
  readonly authority: DeviceAuthority
  readonly issued: Issued
  readonly tokens: JoinTokens
  readonly fleet: Fleet
  readonly presence: Presence
  readonly audit: Audit
  now(): number
}

/** What whoever joined or renewed is told. */
export interface Granted {
  readonly certificate: string
  readonly notAfter: number
  readonly renewAfter: number
}

const grantedBy = (row: LinkCertificateRow): Granted => ({
  certificate: row.pem,
  notAfter: row.notAfter,
  renewAfter: renewAfterOf(row),
})

/** All links. */
export class Links {
  readonly #parts: LinkParts
  readonly #since = new WeakMap<HmpSession, number>()

  constructor(parts: LinkParts) {
    this.#parts = parts
  }

  /** A join token is shown, with a certification request. Throws `Refusal` `join.*`. */
  async enrol(
    shown: Shown & { readonly request: string },
    source: string,
  ): Promise<Granted & { identity: string; role: 'device' | 'agent' }> {
    const { tokens, audit } = this.#parts
    try {
      return await tokens.use(shown, async (token, isAgain) => {
        const row = await this.#certify(token, isAgain, shown.request)
        const { identity, role, keyHash, deviceId } = row
        const detail = { token: token.id, identity, certificate: row.fingerprint, serialNumber: shown.serialNumber }
        await audit.record({
          ...{ who: token.by, source, action: 'link.join', object: deviceId },
          ...{ outcome: 'done', detail },
        })
        return { keyHash, deviceId, result: { identity, role, ...grantedBy(row) } }
      })
    } catch (error) {
      if (error instanceof Refusal) {
        const detail = { token: shown.id.slice(0, 8), code: error.code }
        const said = { who: '', source, object: null, detail } as const
        await audit.record({ ...said, action: 'link.join', outcome: 'refused' })
      }
      throw error
    }
  }

  async #certify(token: TokenRow, isAgain: boolean, request: string): Promise<LinkCertificateRow> {
    const { authority, issued, fleet, now } = this.#parts
    const checked = await checkRequest(request)
    const { keyHash } = checked
    if (isAgain) {
      // The answer may have been lost on its way: the same key gets the same certificate.
      const row = token.deviceId !== null && token.keyHash === keyHash && issued.forKey(token.deviceId, keyHash)
      if (row && !issued.fault(row.fingerprint)) return row
      throw new Refusal('conflict', 'join.used', 'this token has been used: have a new one made')
    }
    let device: KnownDevice
    if (token.deviceId === null) {
      const { name, site } = token
      const wish = { kind: 'hmp', isCertified: true, site, ...(name === null ? {} : { name }) } as const
      const { id } = (await fleet.add(wish, { isDemo: false })).device
      device = fleet.known(id)
    } else {
      device = fleet.known(token.deviceId)
      await this.#void(device)
    }
    const identity = device.address
    const made = await authority.issue(checked, identity, now())
    return issued.add(made, { deviceId: device.id, identity, role: token.role, keyHash })
  }

  /**
   * A session that came in by `fingerprint` wants its next certificate. Throws `Refusal` `renewal.*`, `join.request`, `join.key`,
   * `join.name`.
   */
  async renew(fingerprint: string | undefined, request: string): Promise<Granted> {
    const { authority, issued, audit, now } = this.#parts
    const held = fingerprint === undefined ? undefined : issued.find(fingerprint)
    if (!held || issued.fault(held.fingerprint))
      throw new Refusal('forbidden', 'renewal.login', 'only who came in by a good certificate can renew it')
    const checked = await checkRequest(request)
    const { keyHash } = checked
    const before = issued.forKey(held.deviceId, keyHash)
    // Its own key again would be no renewal.
    if (before && before.fingerprint !== held.fingerprint && !issued.fault(before.fingerprint)) return grantedBy(before)
    if (issued.newest(held.deviceId)?.fingerprint !== held.fingerprint)
      throw new Refusal('conflict', 'renewal.superseded', 'this certificate was renewed already, for another key')
    if (now() < (held.issuedAt + held.notAfter) / 2)
      throw new Refusal('conflict', 'renewal.early', 'less than half of its life is over')
    if (before) throw new Refusal('invalid', 'join.key', 'a renewed certificate is for a new key')
    const { deviceId, identity, role } = held
    const made = await authority.issue(checked, identity, now())
    const row = await issued.add(made, { deviceId, identity, role, keyHash }, held)
    const detail = { identity, certificate: row.fingerprint }
    await audit.record({ who: '', source: 'hmp', action: 'link.renew', object: deviceId, outcome: 'done', detail })
    return grantedBy(row)
  }

  /** Who came in by this certificate may be that; else why not. */
  judge(
    fingerprint: string,
    peer: { readonly role: string; readonly identity: string },
  ): Goodbye | 'other' | undefined {
    const fault = this.#parts.issued.fault(fingerprint)
    if (fault) return fault
    const { identity, role } = this.#parts.issued.find(fingerprint)!
    return identity === peer.identity && role === peer.role ? undefined : 'other'
  }

  /** Voids certificates and key; the session ends. Throws `Refusal` `device.unknown`, `link.none`, `device.changing`. */
  async revoke(id: string): Promise<KnownDevice> {
    const device = this.#parts.fleet.known(id)
    if (device.kind !== 'hmp' || hmpPlaceOf(device.address).device !== undefined)
      throw new Refusal('invalid', 'link.none', 'this device does not dial in itself')
    await this.#void(device)
    return device
  }

  async #void(device: KnownDevice): Promise<void> {
    const { issued, presence, fleet } = this.#parts
    const voided = issued.revoke(device.id)
    presence.find(device.address)?.close('revoked', 'this link was revoked')
    await voided
    if (device.secret) await fleet.changing(device.id, (change) => change.keep({ secret: undefined }))
  }

  /** A session has come in. */
  entered(session: HmpSession): void {
    this.#since.set(session, this.#parts.now())
  }

  /** Those of which `mayShow` says so. */
  list(mayShow: (device: string) => boolean): Link[] {
    const { fleet, presence, issued } = this.#parts
    const behind = new Map<string, number>()
    const own: KnownDevice[] = []
    for (const known of fleet.all()) {
      if (known.kind !== 'hmp') continue
      const { identity, device } = hmpPlaceOf(known.address)
      if (device !== undefined) behind.set(identity, (behind.get(identity) ?? 0) + 1)
      else if (mayShow(known.id)) own.push(known)
    }
    return own.map((known) => {
      const session = presence.find(known.address)
      const since = session && this.#since.get(session)
      const row = issued.newest(known.id)
      const peerRole = session?.peer?.role
      return {
        id: known.id as Link['id'],
        identity: known.address,
        name: known.name,
        site: known.site,
        isOnline: session !== undefined,
        since: since === undefined ? null : new Date(since).toISOString(),
        role: row?.role ?? (peerRole === 'device' || peerRole === 'agent' ? peerRole : null),
        software: session?.peer?.software ?? null,
        signsInBy: row ? 'certificate' : known.secret ? 'key' : 'none',
        certificateUntil: row ? new Date(row.notAfter).toISOString() : null,
        devices: behind.get(known.address) ?? 0,
      }
    })
  }
}
