// SPDX-License-Identifier: Apache-2.0
/**
 * One emulated device: its channels, accounts, settings, clock and power, behind the face that the carriers see. It does
 * no I/O of its own.
 */
import { type Clock, utf8 } from '@openhmp/protocol/base'
import { type DeviceEvent, parseAlerts } from '@openhmp/protocol/event'
import { type Channel, type DeviceCore, deviceTime } from '../isapi/core.ts'
import { isArmed } from '../isapi/event.ts'
import { noteInput } from '../isapi/io-port.ts'
import { answerIsapi, endUpload, openUpload } from '../isapi/router.ts'
import { Settings } from '../isapi/settings.ts'
import { liveStreamOf } from '../isapi/streaming.ts'
import { zoneOf } from '../isapi/system.ts'
import { heardBytes } from '../isapi/talk.ts'
import { isLinked } from '../isapi/trigger.ts'
import { isWanted } from '../isapi/wanted.ts'
import type { LiveStream } from '../media/live.ts'
import type { Pacer } from '../media/pacer.ts'
import { Accounts } from './account.ts'
import { type Alert, writeAlert } from './alert.ts'
import { AlertGate } from './alert-gate.ts'
import type { DeviceFace, DeviceIdentity, DeviceRequest, DeviceResponse, Power } from './api.ts'
import { CERTIFICATE_MS, DeviceCertificate } from './certificate.ts'
import { EventSource } from './events.ts'
import type { Faults } from './fault.ts'
import type { FirmwareHeader } from './firmware-image.ts'
import { Flash } from './flash.ts'
import { DeviceLog } from './log.ts'
import { PowerSupply } from './power.ts'
import type { Profile } from './profile.ts'
import { DeviceRefusal } from './refusal.ts'
import { Seats } from './seats.ts'
import type { DeviceState } from './state.ts'
import { WallClock } from './wall-clock.ts'
import { WebSessions } from './web-session.ts'

/** A rebooting device answers first, then goes. */
const REBOOT_DELAY_MS = 150

const YEAR_MS = 365 * 86_400_000

/** Password of cameras that are older than activation. */
const FACTORY_PASSWORD = '12345'
/** What a `basic` reset leaves alone. */
const KEPT_BY_BASIC_RESET = ['/System/Network', '/Security']

/** What a device is made of. */
export interface DeviceOptions {
  /** False: as it comes from the factory, `password` or not. */
  readonly isActivated?: boolean
  readonly identity: DeviceIdentity
  readonly profile: Profile
  readonly channels: readonly Channel[]
  readonly faults: Faults
  readonly user: string
  readonly password: string
  /** As it was before, instead of new from its box: comes before `user`, `password`, `isActivated` and what a fault says of the clock. */
  readonly state?: DeviceState | undefined
  /** Told of each change of `state`. */
  readonly onChange?: () => void
  readonly pacer: Pacer
}

/** Runs until disposed. */
export class EmulatedDevice implements DeviceFace, DeviceCore, AsyncDisposable {
  readonly profile: Profile
  readonly channels: readonly Channel[]
  readonly faults: Faults
  readonly clock: Clock
  #identity: DeviceIdentity
  readonly accounts: Accounts
  readonly settings: Settings
  readonly events: EventSource
  readonly log: DeviceLog | undefined
  readonly flash: Flash
  readonly rtspSeats: Seats
  readonly alertSeats: Seats
  readonly alertGate = new AlertGate()
  readonly webSessions: WebSessions
  readonly certificate: DeviceCertificate
  readonly #ending = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #address: DeviceCore['address'] = { ipAddress: '127.0.0.1', httpPort: 0, rtspPort: 0 }
  readonly #power: PowerSupply
  readonly #wallClock: WallClock
  #startedMs: number
  #isActivated: boolean
  #isRebooting = false
  #onChange = (): void => {}
  reboots: number

  constructor(options: DeviceOptions) {
    const { identity, profile, channels, faults, pacer, user, password } = options
    const { state } = options
    const firmware = state?.firmware ?? {
      version: profile.firmwareVersion,
      releasedDate: profile.firmwareReleasedDate,
    }
    this.#identity = { ...identity, firmwareVersion: firmware.version }
    this.profile = profile
    this.channels = channels
    this.faults = faults
    this.clock = pacer.clock
    this.#startedMs = this.clock.monotonic()
    this.#power = new PowerSupply(this.clock, this.#ending.signal)
    this.#wallClock = new WallClock(this.clock, faults.driftMs, faults.driftRate, state)
    this.reboots = state?.reboots ?? 0
    const isNew = options.isActivated === false || faults.isNotActivated
    this.#isActivated = state?.isActivated ?? !(isNew && profile.hasActivation)
    const admin = { id: 1, userName: user, level: 'Administrator' } as const
    this.flash = new Flash(
      {
        clock: this.clock,
        signal: this.#ending.signal,
        model: profile.model,
        flashMs: faults.flashMs,
        end: faults.flashEnd,
        onWritten: () => {
          if (profile.upgrade.isRebooting) this.reboot()
        },
        onDead: () => this.#power.cut(),
        onChange: () => {
          this.#identity = { ...this.#identity, firmwareVersion: this.flash.firmware.version }
          this.#onChange()
        },
      },
      firmware,
      state?.flashes,
    )
    this.rtspSeats = new Seats(faults.rtspSessions ?? profile.limits.rtspSessions)
    this.alertSeats = new Seats(faults.alertStreams ?? profile.limits.alertStreams)
    // As from the factory: its common name is the serial number, and it has no other.
    const { serialNumber } = identity
    this.certificate = new DeviceCertificate(
      serialNumber,
      () => this.clock.now() - (faults.hasOldCertificate ? CERTIFICATE_MS + YEAR_MS : 0),
      state?.tls,
      () => this.#onChange(),
    )
    this.webSessions = new WebSessions(this.clock, profile.limits.webSessions)
    this.settings = new Settings(() => this.#onChange(), profile.rules)
    if (state) this.settings.replace(state.settings)
    this.accounts = new Accounts({
      clock: this.clock,
      maxBad: profile.maxBadLogins,
      lockMs: profile.lockMs,
      isLocked: faults.isLocked,
      hasPolicy: profile.hasActivation,
      accounts: state?.accounts ?? [{ ...admin, password: isNew ? this.#factoryPassword : password }],
      onChange: () => this.#onChange(),
    })
    const { log } = profile.media
    this.log = log && new DeviceLog(log.lines, () => this.deviceNow())
    this.events = new EventSource({
      pacer,
      profile,
      log: this.log,
      isWithoutInactive: faults.isWithoutInactive,
      channels: channels.map(({ channel, camera, source }) => ({
        channel,
        camera,
        name: () => this.channelName(channel),
        isArmed: () => (source?.isOnline ?? true) && isArmed(this, channel),
      })),
    })
    if (options.onChange) this.#onChange = options.onChange // what was restored is no change
    for (const { atMs, forMs } of faults.outages) this.#run(this.#power.outage(atMs, forMs))
    for (const pause of faults.alertPauses) this.#run(this.alertGate.pause(this.clock, pause, this.#ending.signal))
  }

  get identity(): DeviceIdentity {
    return this.#identity
  }

  get power(): Power {
    return this.#power.power
  }

  get address(): DeviceCore['address'] {
    return this.#address
  }

  /** Told once the ports are open. */
  setAddress(address: DeviceCore['address']): void {
    this.#address = address
  }

  onPower(listener: (power: Power) => void): Disposable {
    return this.#power.onPower(listener)
  }

  passwordOf(user: string): string | undefined {
    return this.#isActivated ? this.accounts.passwordOf(user) : undefined
  }

  get isActivated(): boolean {
    return this.#isActivated
  }

  activate(password: string): void {
    if (this.#isActivated) throw new DeviceRefusal('activated', 'the device has a password already')
    this.accounts.change(this.accounts.admin.id, { password })
    this.#isActivated = true
    this.#onChange()
  }

  factoryReset(mode: 'basic' | 'full'): void {
    this.#refuseWhileFlashing()
    this.settings.reset(mode === 'basic' ? KEPT_BY_BASIC_RESET : [])
    if (mode === 'full') {
      this.#isActivated = !this.profile.hasActivation
      this.accounts.replace([{ ...this.accounts.admin, password: this.#factoryPassword }])
      this.certificate.reset()
    }
    this.reboot()
  }

  get #factoryPassword(): string {
    return this.profile.hasActivation ? '' : FACTORY_PASSWORD
  }

  get state(): DeviceState {
    return {
      format: 1,
      model: this.profile.model,
      settings: this.settings.toJSON(),
      accounts: this.accounts.toJSON(),
      isActivated: this.#isActivated,
      ...this.#wallClock.state,
      ...(this.certificate.state ? { tls: this.certificate.state } : {}),
      firmware: this.flash.next,
      flashes: this.flash.count,
      reboots: this.reboots,
    }
  }

  loginResult(user: string | undefined, ok: boolean): void {
    this.accounts.result(user, ok)
  }

  stream(streamId: number): LiveStream | undefined {
    const channel = this.channels.find((one) => one.channel === Math.floor(streamId / 100))
    const number = streamId % 100
    if (!channel || channel.source?.isOnline === false) return undefined
    if (!this.profile.streams.includes(number)) return undefined
    return liveStreamOf(this, channel, number)
  }

  get streamIds(): readonly number[] {
    return this.channels.flatMap(({ channel }) => [channel * 100 + 1, channel * 100 + 2])
  }

  channelName(channel: number): string {
    const path =
      this.profile.kind === 'recorder'
        ? `/ContentMgmt/InputProxy/channels/${channel}`
        : `/System/Video/inputs/channels/${channel}`
    return this.settings.get(path, '/name') ?? this.channels.find((one) => one.channel === channel)?.defaultName ?? ''
  }

  /** Resolves with the answer; rejects only when we are wrong. */
  async handle(request: DeviceRequest): Promise<DeviceResponse> {
    using upload = openUpload(this, request)
    if (!upload) return answerIsapi(this, request)
    upload.push(request.body)
    return endUpload(this, upload, request.target)
  }

  watchEvents(onEvent: (event: DeviceEvent, xml: string) => void): Disposable {
    return this.watchAlerts((xml) => {
      for (const event of parseAlerts(utf8(xml))) onEvent(event, xml)
    })
  }

  /** As `watchEvents`, without reading what was just written: for the alert stream. */
  watchAlerts(onAlert: (xml: string) => void): Disposable {
    return this.events.listen((alert, count) => {
      if (!isLinked(this, alert) || !isWanted(this, alert)) return
      const { ipAddress, httpPort: portNo } = this.#address
      const dateTime = deviceTime(this.deviceNow(), zoneOf(this))
      const { macAddress } = this.identity
      onAlert(writeAlert(alert, { profile: this.profile, ipAddress, portNo, macAddress, dateTime, count }))
    })
  }

  /** Starts or ends an event by hand. */
  raise(alert: Alert): void {
    noteInput(this, alert)
    this.events.raise(alert)
  }

  deviceNow(): number {
    return this.#wallClock.now()
  }

  setDeviceTime(ms: number): void {
    this.#wallClock.set(ms)
    this.#onChange()
  }

  upSeconds(): number {
    return Math.floor((this.clock.monotonic() - this.#startedMs) / 1000)
  }

  /** Bytes of sound that were spoken through it. */
  get heardBytes(): number {
    return heardBytes(this)
  }

  /** How often firmware was written to it. */
  get flashes(): number {
    return this.flash.count
  }

  writeFirmware(image: FirmwareHeader): void {
    this.#run(this.flash.write(image))
  }

  reboot(): void {
    this.#refuseWhileFlashing()
    if (this.#isRebooting) return
    this.#isRebooting = true
    const onBack = () => {
      this.#startedMs = this.clock.monotonic()
      this.#isRebooting = false
      this.webSessions.closeAll()
      this.flash.boot()
      this.reboots++
      this.#onChange()
    }
    this.#run(this.#power.outage(REBOOT_DELAY_MS, this.faults.rebootMs, onBack))
  }

  /** From the order to the return. */
  get isRebooting(): boolean {
    return this.#isRebooting
  }

  #refuseWhileFlashing(): void {
    if (this.flash.isUpgrading) throw new DeviceRefusal('upgrading', 'firmware is being written')
  }

  /** Keeps hold of what goes on by itself, so that its end can be awaited. */
  #run(work: Promise<void>): void {
    const done = work.catch((error: unknown) => {
      if (!this.#ending.signal.aborted) throw error
    })
    this.#running.add(done)
    void done.finally(() => this.#running.delete(done))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await Promise.all(this.#running)
    this.#power.end()
  }
}
