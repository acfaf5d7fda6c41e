// SPDX-License-Identifier: Apache-2.0
/**
 * The devices: kept in the database, supervised, asked. Everything that happens to a device goes through here; how it is
 * reached is its gear's business. Long because the order of stopping, keeping, taking up again and telling is decided in one
 * place: a device that two parts changed would be logged in to with two passwords.
 */
import type { IsapiDoor } from '@openhmp/client'
import type {
  Device,
  DeviceCertificate,
  DeviceInformation,
  DeviceState,
  HealthSummary,
  LiveMessage,
} from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { renameInEvents } from '../event/keep.ts'
import type { JobTarget } from '../job/kind.ts'
import type { LiveSource, SourceSink, StreamKey } from '../live/source.ts'
import type { ViewedDevice } from '../live/viewer.ts'
import type { OrderTarget } from '../order/orders.ts'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import { certificateOf } from './certificate.ts'
import { CONNECTING, conditionOf, ONLINE, waitAfter } from './condition.ts'
import { deviceOf, type KnownDevice, rowOf } from './device-row.ts'
import type { Condition, Gear, GearSink } from './gear.ts'
import { type LabelChange, labelled } from './label.ts'
import { ShownTexts, shown, viewed } from './shown.ts'
import { tokenOf } from './token.ts'
import { agreed, whichPassword } from './two-passwords.ts'
import { checkedAddress, type DeviceWish, knownFrom } from './wish.ts'

/** Devices that one server holds. */
export const MAX_DEVICES = 20_000
const PROBE_MS = 15_000
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
export interface FleetParts {
  readonly store: Store
  readonly sealer: Sealer
  readonly clock: Clock
  readonly allowLoopback: boolean
  readonly caFingerprint: string
  makeGear(device: KnownDevice): Gear
  publish(message: LiveMessage): void
  /** `arrival` is the key of a sender that sends again until it is told that the event is stored. */
  onEvent(device: KnownDevice, event: DeviceEvent, pictures: readonly Uint8Array[], arrival?: string): Promise<void>
  onEventsLost(device: string): Promise<void>
  onHearing(device: KnownDevice, hearing: Parameters<GearSink['onHearing']>[0]): Promise<void>
  /** Address, account or existence changed: upstreams and sessions of it are to end. */
  onGone(device: string): Promise<void>
  onError(error: unknown): void
}

interface Held {
  known: KnownDevice
  gear: Gear
  state: DeviceState
  readonly stop: AbortController
  running: Promise<void>
  isAbsenceExpected: boolean
  /** What the gear told last, in force or not. */
  told: Condition
  health: HealthSummary | null
  /** How it is reached is being changed, or which of two passwords counts is being found out: nobody else may log in. */
  closed: 'changing' | 'settling' | undefined
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
  readonly #held = new Map<string, Held>()
  readonly #texts = new ShownTexts()
  /** Undefined once a password may have changed. */
  #sharing: ReadonlySet<string> | undefined

  private constructor(parts: FleetParts) {
    this.#parts = parts
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
  texts(streams: 'all' | 'none'): string[] {
    return [...this.#held.values()].map((held) => this.#texts.of(held, held, streams))
  }

  /** Throws `Refusal` `device.unknown`. */
  get(id: string): Device {
    return shown(this.#find(id))
  }

  /** All of them, as they are kept. */
  *all(): Generator<KnownDevice> {
    for (const { known } of this.#held.values()) yield known
  }

  /** The device of an HMP identity. */
  byIdentity(identity: string): KnownDevice | undefined {
    for (const { known } of this.#held.values()) if (known.kind === 'hmp' && known.address === identity) return known
    return undefined
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
    const token = known.kind === 'hmp' ? tokenOf(known.address, known.secret!, caFingerprint) : null
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
    return this.#tell(this.#find(id))
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
    return this.#tell(this.#find(id))
  }

  /**
   * Ends all that goes on with a device while `work` changes how it is reached, and takes it up again as it is kept then.
   * Throws `Refusal` `device.unknown`, `device.changing`.
   */
  async changing<T>(id: string, work: (change: Change) => Promise<T>): Promise<T> {
    const held = this.#find(id)
    if (held.closed) throw beingChanged()
    held.closed = 'changing'
    this.#move(held, CONNECTING)
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
      if (this.#held.get(id) === held) this.#tell(this.#hold(held.known))
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

  async #reopen(held: Held, next: KnownDevice): Promise<void> {
    await this.#stop(held)
    this.#hold(next)
    await this.#parts.onGone(next.id) // viewers join again, and find the new one
  }

  async remove(id: string): Promise<void> {
    const held = this.#find(id)
    await this.#parts.store.db.deleteFrom('device').where('id', '=', id).execute()
    this.#held.delete(id)
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
    else for (const held of found) this.#tell(held)
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
    const information = await held.gear.inform(AbortSignal.timeout(PROBE_MS))
    await this.#learn(held, information)
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
    if (!door) throw new Refusal('conflict', 'device.plain', 'a device that is only an RTSP address has no settings')
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
    this.#tell(held)
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
          throw new Refusal(
            'conflict',
            'order.unsupported',
            'a device that is only an RTSP address cannot be rebooted from here',
          )
      },
      reboot: (key, signal) => now().gear.reboot!(key, signal),
      uptime: async (signal) => now().gear.uptime(signal),
      expectAbsence: (isExpected) => {
        const current = this.#held.get(id)
        if (!current) return
        current.isAbsenceExpected = isExpected
        if (isExpected) this.#move(current, { state: 'restarting', cause: null })
        else if (current.state.state === 'restarting')
          this.#move(current, current.told.state === 'online' ? ONLINE : CONNECTING)
        if (!isExpected) current.gear.nudge()
      },
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
    return knownFrom(wish, { isDemo, nowMs: clock.now(), allowLoopback: allowLoopback || isDemo })
  }

  #find(id: string): Held {
    const held = this.#held.get(id)
    if (!held) throw new Refusal('not-found', 'device.unknown', 'there is no such device')
    return held
  }

  /** As `#find`, for who would log in there. Throws `Refusal` `device.changing` too. */
  #open(id: string): Held {
    const held = this.#find(id)
    if (held.closed) throw beingChanged()
    return held
  }

  #hold(known: KnownDevice): Held {
    this.#sharing = undefined
    const { clock } = this.#parts
    const since = new Date(clock.now()).toISOString()
    const held: Held = {
      known,
      gear: this.#parts.makeGear(known),
      state: { state: known.kind === 'hmp' ? 'unreachable' : 'connecting', since, cause: null },
      stop: new AbortController(),
      running: Promise.resolve(),
      isAbsenceExpected: false,
      told: CONNECTING,
      health: this.#held.get(known.id)?.health ?? null,
      closed: known.nextSecret ? 'settling' : undefined,
    }
    this.#held.set(known.id, held)
    held.running = this.#supervise(held)
    return held
  }

  async #supervise(held: Held): Promise<void> {
    const { onEvent, onEventsLost, onHearing, onError } = this.#parts
    try {
      if (held.closed) await this.#settle(held)
      const { gear } = held
      if (held.stop.signal.aborted) return
      await gear.run(
        {
          onCondition: (condition) => {
            held.told = condition
            this.#move(held, condition)
          },
          onInformation: (information) => void this.#learn(held, information).catch(onError),
          onEvent: async (event, pictures) => {
            try {
              await onEvent(held.known, event, pictures)
            } catch (error) {
              onError(error) // the device does not keep it: this one is lost, and said so
            }
          },
          onEventsLost: () => void onEventsLost(held.known.id).catch(onError),
          onHearing: (hearing) => void onHearing(held.known, hearing).catch(onError),
        },
        held.stop.signal,
      )
    } catch (error) {
      if (!held.stop.signal.aborted) onError(error)
    }
  }

  /** Until it is known which of its two passwords counts; what is known by then is kept. */
  async #settle(held: Held): Promise<void> {
    const { clock, makeGear } = this.#parts
    const { signal } = held.stop
    for (let failures = 1; !signal.aborted && held.closed; failures++) {
      try {
        const asking = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)])
        held.known = agreed(held.known, await whichPassword(held.known, makeGear, asking))
        await this.#save(held.known)
        await held.gear[Symbol.asyncDispose]()
        held.gear = makeGear(held.known)
        this.#sharing = undefined
        held.closed = undefined
      } catch (error) {
        if (signal.aborted) return
        this.#move(held, conditionOf(error))
        await clock.sleep(waitAfter(error, failures, 0.5), { signal }).catch(() => {}) // aborted: the loop ends
      }
    }
  }

  async #stop(held: Held): Promise<void> {
    held.stop.abort()
    await held.running
    await held.gear[Symbol.asyncDispose]()
    await this.#parts.onEventsLost(held.known.id)
  }

  #move(held: Held, { state, cause }: Condition): void {
    if (held.stop.signal.aborted) return
    // While a restart is awaited, being away is no news.
    if (held.isAbsenceExpected && state !== 'restarting') return
    if (held.state.state === state && held.state.cause?.code === cause?.code) return
    held.state = { state, cause, since: new Date(this.#parts.clock.now()).toISOString() }
    this.#tell(held)
  }

  async #learn(held: Held, information: DeviceInformation): Promise<void> {
    const { known } = held
    const options = { ...known.options, ...held.gear.learned }
    const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
    if (isSame(known.information, information) && isSame(known.options, options)) return
    const isFirst = known.information === undefined
    const name =
      isFirst && known.kind === 'hmp' && known.name === known.address ? information.name || known.name : known.name
    held.known = { ...known, information, name, options }
    await this.#save(held.known)
    if (isFirst && name !== known.name) await renameInEvents(this.#parts.store, known.id, name)
    this.#tell(held)
  }

  #save(known: KnownDevice): Promise<unknown> {
    const { store, sealer } = this.#parts
    const { id, epoch, ...values } = rowOf(known, sealer)
    return store.db.updateTable('device').set(values).where('id', '=', id).execute()
  }

  #tell(held: Held): Device {
    const device = shown(held)
    this.#parts.publish({ what: 'device', device })
    return device
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stop } of this.#held.values()) stop.abort()
    await Promise.all(
      [...this.#held.values()].map(async ({ running, gear }) => {
        await running
        await gear[Symbol.asyncDispose]()
      }),
    )
  }
}

const beingChanged = (): Refusal =>
  new Refusal('unavailable', 'device.changing', 'how this device is reached is being changed; try again in a moment')
