// SPDX-License-Identifier: Apache-2.0
/**
 * The devices: kept in the database, supervised, asked. Everything that happens to a device goes through here, so that the
 * order of stopping, keeping, taking up again and telling is decided in one place; how it is reached is its gear's business.
 */
import type { IsapiDoor } from '@openhmp/client'
import type { Device, DeviceCertificate, DeviceInformation, HealthSummary } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { renameInEvents } from '../event/keep.ts'
import type { JobTarget } from '../job/kind.ts'
import type { LiveSource, SourceSink, StreamKey } from '../live/source.ts'
import type { ViewedDevice } from '../live/viewer.ts'
import type { OrderTarget } from '../order/orders.ts'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import { certificateOf } from './certificate.ts'
import { CONNECTING } from './condition.ts'
import { deviceOf, type KnownDevice, rowOf } from './device-row.ts'
import type { Gear } from './gear.ts'
import { beingChanged, HeldDevice, type HeldDeviceParts, PROBE_MS } from './held-device.ts'
import { type LabelChange, labelled } from './label.ts'
import type { ReachOptions } from './reach.ts'
import { ShownTexts, shown, viewed } from './shown.ts'
import { tokenOf } from './token.ts'
import { checkAgent, checkedAddress, type DeviceWish, knownFrom } from './wish.ts'

/** Devices that one server holds. */
export const MAX_DEVICES = 20_000
/** How long is waited for a device that has to be asked which of two passwords it has. */
const SETTLED_MS = 120_000
const SETTLED_LOOK_MS = 100
/** More devices than this changed at once are not told one by one: who follows asks for the list again. */
const MAX_TOLD = 100
const REMOVED_AT_ONCE = 50

/** What may be changed of a device. */
export interface DeviceChange {
  readonly name?: string | undefined
  readonly address?: string | undefined
  readonly userName?: string | undefined
  readonly password?: string | undefined
  readonly site?: string | null | undefined
  readonly tags?: readonly string[] | undefined
  readonly group?: string | null | undefined
}

/** What the fleet needs of its neighbours. */
export interface FleetParts extends Omit<HeldDeviceParts, 'save' | 'onNamed' | 'onPassword'>, ReachOptions {
  readonly store: Store
  readonly sealer: Sealer
  readonly caFingerprint: string
  /** Address, account or existence changed: upstreams and sessions of it are to end. */
  onGone(device: string): Promise<void>
}

/** A device that is there, and the way to its ISAPI. */
export interface Reachable {
  readonly known: KnownDevice
  readonly door: IsapiDoor
}

/** A device of which everybody has let go, for somebody who changes how it is reached. */
export interface Change {
  readonly known: KnownDevice
  /** On the disk when it resolves. */
  keep(change: Partial<Pick<KnownDevice, 'secret' | 'nextSecret' | 'address' | 'options'>>): Promise<KnownDevice>
  /** A way to the device as it would be reached so; the caller disposes it. */
  open(as: KnownDevice): Gear
}

/** All devices. Owns their supervision until disposed. */
export class Fleet implements AsyncDisposable {
  readonly #parts: FleetParts
  readonly #heldParts: HeldDeviceParts
  readonly #held = new Map<string, HeldDevice>()
  /** Those of HMP by their address, which never changes. */
  readonly #byIdentity = new Map<string, HeldDevice>()
  readonly #texts = new ShownTexts()
  /** Undefined once a password may have changed. */
  #sharing: ReadonlySet<string> | undefined

  private constructor(parts: FleetParts) {
    this.#parts = parts
    this.#heldParts = {
      ...parts,
      save: (known) => this.#save(known),
      onNamed: ({ id, name }) => renameInEvents(parts.store, id, name),
      onPassword: () => {
        this.#sharing = undefined
      },
    }
  }

  static async open(parts: FleetParts): Promise<Fleet> {
    const fleet = new Fleet(parts)
    const rows = await parts.store.db.selectFrom('device').selectAll().orderBy('addedAt').execute()
    for (const row of rows) fleet.#hold(deviceOf(row, parts.sealer))
    return fleet
  }

  get count(): number {
    return this.#held.size
  }

  list(): Device[] {
    return [...this.#held.values()].map(shown)
  }

  /** As `list`, each written out as JSON. */
  texts(streams: 'all' | 'none', camerasOf: (id: string) => 'all' | readonly number[] = () => 'all'): string[] {
    return [...this.#held.values()].flatMap((held) => {
      const cameras = camerasOf(held.known.id)
      return cameras.length === 0 ? [] : this.#texts.of(held, held, streams, cameras)
    })
  }

  /** Throws `Refusal` `device.unknown`. */
  get(id: string): Device {
    return shown(this.#find(id))
  }

  /** All of them, as they are kept. */
  *all(): Generator<KnownDevice> {
    for (const { known } of this.#held.values()) yield known
  }

  /** The device of an HMP identity, or, by `agent/device`, one behind an agent. */
  byIdentity(identity: string): KnownDevice | undefined {
    return this.#byIdentity.get(identity)?.known
  }

  /** With what only the server may know. Throws `Refusal` `device.unknown`. */
  known(id: string): KnownDevice {
    return this.#find(id).known
  }

  get onlineCount(): number {
    let count = 0
    for (const { state } of this.#held.values()) if (state.state === 'online') count++
    return count
  }

  /** What viewers are shown by `GET /HMP/devices`. */
  viewed(): ViewedDevice[] {
    return [...this.#held.values()].map(viewed)
  }

  demoDevices(): string[] {
    return [...this.#held.values()].filter(({ known }) => known.isDemo).map(({ known }) => known.id)
  }

  /** Tries an address and account. */
  async probe(wish: DeviceWish): Promise<DeviceInformation> {
    const known = await this.#known(wish, false)
    if (known.kind === 'hmp')
      throw new Refusal('invalid', 'device.dials', 'a device that dials in cannot be tried from here')
    await using gear = this.#parts.makeGear(known)
    return await gear.inform(AbortSignal.timeout(PROBE_MS))
  }

  /** Adds a device: by address it is probed first; over HMP it gets a token to dial in with. */
  async add(wish: DeviceWish, options: { isDemo: boolean }): Promise<{ device: Device; token: string | null }> {
    const { store, sealer, caFingerprint, publish } = this.#parts
    if (this.#held.size >= MAX_DEVICES)
      throw new Refusal('exhausted', 'device.many', `this server holds ${MAX_DEVICES} devices, and no more`)
    let known = await this.#known(wish, options.isDemo)
    checkAgent(known, this)
    for (const held of this.#held.values())
      if (held.known.kind === known.kind && held.known.address === known.address)
        throw new Refusal('conflict', 'device.exists', `${known.address} is there already, as ${held.known.name}`)
    if (known.kind !== 'hmp') {
      await using gear = this.#parts.makeGear(known)
      const information = await gear.inform(AbortSignal.timeout(PROBE_MS))
      const name = wish.name ?? (information.name || information.model || known.name)
      known = { ...known, information, name, options: { ...known.options, ...gear.learned } }
    }
    try {
      await store.db.insertInto('device').values(rowOf(known, sealer)).execute()
    } catch (error) {
      if (error instanceof Refusal && error.code === 'store.exists')
        throw new Refusal('conflict', 'device.exists', `${known.address} is there already`)
      throw error
    }
    const device = shown(this.#hold(known))
    publish({ what: 'device', device })
    const token = known.kind === 'hmp' && known.secret ? tokenOf(known.address, known.secret, caFingerprint) : null
    return { device, token }
  }

  /** Changes name, address or account; a new address or account is tried at once. */
  async change(id: string, change: DeviceChange): Promise<Device> {
    const held = this.#find(id)
    if (held.closed === 'changing') throw beingChanged()
    const { known } = held
    const isReached = change.address !== undefined || change.userName !== undefined || change.password !== undefined
    if (isReached && known.kind === 'hmp')
      throw new Refusal(
        'invalid',
        'device.dials',
        'a device that dials in has no address or account here: add it anew for a new key',
      )
    const next: KnownDevice = {
      ...known,
      name: change.name ?? known.name,
      address:
        change.address === undefined
          ? known.address
          : (await checkedAddress(known.kind, change.address, this.#parts)).url,
      site: change.site === undefined ? known.site : change.site,
      tags: change.tags ?? known.tags,
      group: change.group === undefined ? known.group : change.group,
      userName: change.userName ?? known.userName,
      secret: change.password === undefined ? known.secret : new Secret(change.password),
      nextSecret: change.password === undefined ? known.nextSecret : undefined,
      // Another address is another door: its certificate is taken as it is then.
      options: change.address !== undefined ? { ...known.options, certificate: undefined } : known.options,
    }
    await this.#save(next)
    if (isReached) await this.#reopen(held, next)
    else held.known = next
    return this.#find(id).tell()
  }

  /** The certificate that the device shows now. Throws `Refusal` `tls.none` for one that is reached without TLS. */
  async certificate(id: string): Promise<DeviceCertificate> {
    return certificateOf(this.#find(id).known, { ...this.#parts, signal: AbortSignal.timeout(PROBE_MS) })
  }

  /** Trusts exactly this certificate from now on. Throws `Refusal` `tls.other` when the device shows another. */
  async acceptCertificate(id: string, fingerprint: string): Promise<Device> {
    const { shown: certificate } = await this.certificate(id)
    if (certificate !== fingerprint.replace(/:/g, '').toLowerCase())
      throw new Refusal('conflict', 'tls.other', `the device shows another certificate: ${certificate}`)
    const held = this.#find(id)
    const next = { ...held.known, options: { ...held.known.options, certificate } }
    await this.#save(next)
    await this.#reopen(held, next)
    return this.#find(id).tell()
  }

  /**
   * Ends all that goes on with a device while `work` changes how it is reached, and takes it up again as it is kept then.
   * Throws `Refusal` `device.unknown`, `device.changing`.
   */
  async changing<T>(id: string, work: (change: Change) => Promise<T>): Promise<T> {
    const held = this.#find(id)
    if (held.closed) throw beingChanged()
    held.closed = 'changing'
    held.move(CONNECTING)
    await this.#stop(held)
    await this.#parts.onGone(id)
    try {
      return await work({
        get known() {
          return held.known
        },
        keep: async (change) => {
          held.known = { ...held.known, ...change }
          await this.#save(held.known)
          return held.known
        },
        open: (as) => this.#parts.makeGear(as),
      })
    } finally {
      if (this.#held.get(id) === held) this.#hold(held.known).tell()
    }
  }

  /** Resolves once it is known which password counts. Rejects when it is not by then, or with the signal's reason. */
  async settled(id: string, signal: AbortSignal): Promise<KnownDevice> {
    const { clock } = this.#parts
    for (let waitedMs = 0; this.#find(id).closed === 'settling'; waitedMs += SETTLED_LOOK_MS) {
      if (waitedMs >= SETTLED_MS) throw beingChanged()
      await clock.sleep(SETTLED_LOOK_MS, { signal })
    }
    return this.#find(id).known
  }

  async #reopen(held: HeldDevice, next: KnownDevice): Promise<void> {
    await this.#stop(held)
    this.#hold(next)
    await this.#parts.onGone(next.id) // viewers join again, and find the new one
  }

  async remove(id: string): Promise<void> {
    const held = this.#find(id)
    await this.#parts.store.db.deleteFrom('device').where('id', '=', id).execute()
    this.#held.delete(id)
    if (held.known.kind === 'hmp') this.#byIdentity.delete(held.known.address)
    this.#sharing = undefined
    this.#parts.publish({ what: 'device-removed', id: held.known.id as Device['id'] })
    await this.#stop(held)
    await this.#parts.onGone(id)
  }

  /** Those of them that there are. */
  named(ids: Iterable<string>): { readonly id: string; readonly name: string }[] {
    return [...ids].flatMap((id) => {
      const known = this.#held.get(id)?.known
      return known ? [{ id, name: known.name }] : []
    })
  }

  /** Sets labels of many devices, all or none; gives how many there were. Throws `Refusal` `labels.many`. */
  async label(ids: readonly string[], change: LabelChange): Promise<number> {
    const { store, publish } = this.#parts
    const found = this.named(new Set(ids)).map(({ id }) => this.#find(id))
    const writes = found.map(({ known }) => {
      const { tags, ...labels } = labelled(known, change)
      return store.db
        .updateTable('device')
        .set({ ...labels, tagsJson: JSON.stringify(tags) })
        .where('id', '=', known.id)
    })
    await store.write(writes)
    for (const held of found) held.known = { ...held.known, ...labelled(held.known, change) }
    if (found.length > MAX_TOLD) publish({ what: 'devices' })
    else for (const held of found) held.tell()
    return found.length
  }

  /** Removes those of them that there are; gives how many. */
  async removeMany(ids: readonly string[]): Promise<number> {
    let removed = 0
    for (let at = 0; at < ids.length; at += REMOVED_AT_ONCE) {
      const some = this.named(ids.slice(at, at + REMOVED_AT_ONCE))
      await Promise.all(some.map(({ id }) => this.remove(id)))
      removed += some.length
    }
    return removed
  }

  /** Asks the device again, and tries a login now. */
  async refresh(id: string): Promise<Device> {
    const held = this.#open(id)
    held.gear.nudge()
    await held.inform()
    return shown(held)
  }

  /** A JPEG of now. */
  picture(id: string, channel: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#open(id).gear.picture(channel, signal)
  }

  /** It is there, with its events, and gives a picture. */
  async isAlive(id: string, signal: AbortSignal): Promise<boolean> {
    const { state, gear, known } = this.#open(id)
    const channel = known.information?.channels[0]?.id
    if (state.state !== 'online') return false
    return channel === undefined || (await gear.picture(channel, signal)).length > 0
  }

  /** Where the hub gets its upstreams. */
  openSource({ device, channel, profile }: StreamKey, sink: SourceSink): LiveSource {
    return this.#open(device).gear.openSource(channel, profile, sink)
  }

  /** Devices that are there and have ISAPI, with the way to it. */
  *reachable(): Generator<Reachable> {
    for (const { known, gear, state, closed } of this.#held.values())
      if (gear.door && !closed && (state.state === 'online' || state.state === 'degraded'))
        yield { known, door: gear.door }
  }

  /** The way to a device's ISAPI. Throws `Refusal` `device.unknown`, `device.plain` for one that has none. */
  door(id: string): IsapiDoor {
    const { door } = this.#open(id).gear
    if (!door) throw new Refusal('conflict', 'device.plain', 'this one has no settings of its own')
    return door
  }

  /** What a job may do with a device; undefined when it was removed. */
  jobTarget(id: string): JobTarget | undefined {
    const held = this.#held.get(id)
    if (!held) return undefined
    const door = () => this.door(id)
    return {
      known: held.known,
      get door() {
        return door()
      },
    }
  }

  /** Every other device of its group is there: this one may be taken away. */
  isGroupThere(id: string): boolean {
    const group = this.#held.get(id)?.known.group ?? null
    if (group === null) return true
    for (const { known, state } of this.#held.values())
      if (known.group === group && known.id !== id && state.state !== 'online') return false
    return true
  }

  /** Where a device is, and what it is sorted by; of one that is gone, nothing. */
  placeOf(id: string): { readonly site: string | null; readonly tags: readonly string[] } {
    return this.#held.get(id)?.known ?? { site: null, tags: [] }
  }

  /** How far a device's clock is ahead of ours, when it was looked at; undefined before. */
  clockOffsetMs(id: string): number | undefined {
    return this.#held.get(id)?.health?.clockOffsetMs ?? undefined
  }

  /** What a look at a device found. Of a device that was removed meanwhile it is forgotten. */
  noteHealth(id: string, health: HealthSummary): void {
    const held = this.#held.get(id)
    if (!held) return
    held.health = health
    held.tell()
  }

  /** Devices that share their password with another one: compared by marks, which tell nothing else. */
  get sharingPassword(): ReadonlySet<string> {
    if (this.#sharing) return this.#sharing
    const byMark = Map.groupBy(
      [...this.#held.values()].filter(({ known }) => known.kind === 'isapi' && known.secret && !known.isDemo),
      ({ known }) => this.#parts.sealer.mark(known.secret!),
    )
    const shared = [...byMark.values()].filter(({ length }) => length > 1)
    this.#sharing = new Set(shared.flat().map(({ known }) => known.id))
    return this.#sharing
  }

  /** A channel of a device exists, as far as is known. Throws `Refusal`. */
  checkChannel(id: string, channel: number): void {
    const { information } = this.#find(id).known
    if (information && !information.channels.some((one) => one.id === channel))
      throw new Refusal('not-found', 'channel.unknown', `the device has no channel ${channel}`)
  }

  /** What an order may do with a device. */
  orderTarget(id: string): OrderTarget | undefined {
    const held = this.#held.get(id)
    if (!held) return undefined
    const now = () => this.#open(id)
    return {
      id,
      name: held.known.name,
      canReboot: () => {
        if (!now().gear.reboot)
          throw new Refusal('conflict', 'order.unsupported', 'what is only an RTSP address has no restart')
      },
      reboot: (key, signal) => now().gear.reboot!(key, signal),
      uptime: async (signal) => now().gear.uptime(signal),
      expectAbsence: (isExpected) => this.#held.get(id)?.expectAbsence(isExpected),
    }
  }

  /** A higher epoch than the identity ever had; on the disk before it is given out. */
  async nextEpoch(id: string): Promise<number> {
    const held = this.#find(id)
    const epoch = Math.max(held.known.epoch + 1, this.#parts.clock.now())
    held.known = { ...held.known, epoch }
    await this.#parts.store.db.updateTable('device').set({ epoch }).where('id', '=', id).execute()
    return epoch
  }

  #known(wish: DeviceWish, isDemo: boolean): Promise<KnownDevice> {
    const { clock, allowLoopback } = this.#parts
    const reach = { ...this.#parts, allowLoopback: allowLoopback || isDemo }
    return knownFrom(wish, { ...reach, isDemo, nowMs: clock.now() })
  }

  #find(id: string): HeldDevice {
    const held = this.#held.get(id)
    if (!held) throw new Refusal('not-found', 'device.unknown', 'there is no such device')
    return held
  }

  /** As `#find`, for who would log in there. Throws `Refusal` `device.changing` too. */
  #open(id: string): HeldDevice {
    return this.#find(id).checkOpen()
  }

  #hold(known: KnownDevice): HeldDevice {
    this.#sharing = undefined
    const held = new HeldDevice(known, this.#held.get(known.id)?.health ?? null, this.#heldParts)
    this.#held.set(known.id, held)
    if (known.kind === 'hmp') this.#byIdentity.set(known.address, held)
    return held.start()
  }

  async #stop(held: HeldDevice): Promise<void> {
    await held.stop()
    await this.#parts.onEventsLost(held.known.id)
  }

  #save(known: KnownDevice): Promise<unknown> {
    const { store, sealer } = this.#parts
    const { id, epoch, ...values } = rowOf(known, sealer)
    return store.db.updateTable('device').set(values).where('id', '=', id).execute()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#held.values()].map((held) => held.stop()))
  }
}
