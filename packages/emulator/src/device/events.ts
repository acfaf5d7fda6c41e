// SPDX-License-Identifier: Apache-2.0
/**
 * The events of a device, in the cadence of its firmware: active repeated each second while something moves in the
 * picture, inactive a while after or never, `videoloss inactive` as a heartbeat on an idle line.
 *
 * It begins when somebody listens for the first time. A device that keeps a log goes on then, heard or not; any other runs
 * only while somebody listens, and keeps nothing of what happens meanwhile.
 */
import type { LiveCamera } from '../media/live.ts'
import type { Paced, Pacer } from '../media/pacer.ts'
import type { Alert } from './alert.ts'
import type { DeviceLog } from './log.ts'
import type { Profile } from './profile.ts'

/** A channel that events may come from. */
export interface EventChannel {
  readonly channel: number
  /** As its owner calls it now. */
  readonly name: () => string
  readonly camera: LiveCamera
  /** False: motion is not told (detection switched off, trigger without `center`, camera gone). */
  readonly isArmed: () => boolean
}

interface Active {
  readonly alert: Alert
  /** Motion of a channel, which the picture ends; others end when they are told to. */
  readonly motion: EventChannel | undefined
  lastSentMs: number
  /** Still in the picture. */
  isSeen: boolean
  /** When the end is told, once nothing moves any more. */
  endMs: number | undefined
}

/** Tells listeners of what happens. */
export class EventSource implements Paced {
  readonly #pacer: Pacer
  readonly #profile: Profile
  readonly #channels: readonly EventChannel[]
  readonly #isWithoutInactive: boolean
  readonly #log: Pick<DeviceLog, 'note'> | undefined
  readonly #listeners = new Set<(alert: Alert, count: number) => void>()
  readonly #active = new Map<string, Active>()
  readonly #counts = new Map<string, number>()
  #lastSentMs = 0

  constructor(options: {
    pacer: Pacer
    profile: Profile
    channels: readonly EventChannel[]
    isWithoutInactive: boolean
    /** Where beginnings and ends are written down. */
    log?: Pick<DeviceLog, 'note'> | undefined
  }) {
    this.#pacer = options.pacer
    this.#profile = options.profile
    this.#channels = options.channels
    this.#isWithoutInactive = options.isWithoutInactive
    this.#log = options.log
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size
  }

  /** Starts telling `listener`: first a heartbeat, where the firmware has one, so that the client knows the line is good. */
  listen(listener: (alert: Alert, count: number) => void): Disposable {
    this.#listeners.add(listener)
    if (this.#profile.heartbeatMs > 0) listener(heartbeat, 0)
    if (this.#listeners.size === 1) this.#lastSentMs = this.#pacer.clock.monotonic()
    this.#pacer.add(this)
    return {
      [Symbol.dispose]: () => {
        if (!this.#listeners.delete(listener) || this.#listeners.size > 0 || this.#log) return
        this.#pacer.remove(this)
        for (const [key, { motion }] of this.#active) if (motion) this.#active.delete(key)
      },
    }
  }

  /** Starts (and repeats) or ends an event by hand: an alarm input, a lost picture, a smart type. */
  raise(alert: Alert): void {
    const key = `${alert.type}/${alert.channel ?? ''}/${alert.input ?? ''}`
    const now = this.#pacer.clock.monotonic()
    if (alert.state === 'active') {
      if (!this.#active.has(key)) this.#log?.note(alert)
      this.#active.set(key, { alert, motion: undefined, lastSentMs: now, isSeen: true, endMs: undefined })
      this.#send(alert, now)
    } else if (this.#active.delete(key)) {
      this.#log?.note(alert)
      if (this.#endsAfterMs !== undefined) this.#send(alert, now)
    }
    this.#pacer.nudge(this)
  }

  get #endsAfterMs(): number | undefined {
    return this.#isWithoutInactive ? undefined : this.#profile.inactiveAfterMs
  }

  advance(nowMs: number): number {
    const { repeatMs, heartbeatMs } = this.#profile
    let next = Number.POSITIVE_INFINITY
    for (const active of this.#active.values()) active.isSeen = active.motion === undefined
    for (const channel of this.#channels) {
      const [motion] = channel.isArmed() ? channel.camera.motions(nowMs) : []
      const key = `VMD/${channel.channel}`
      next = Math.min(next, nowMs + channel.camera.untilMotionChanges(nowMs))
      if (!motion) continue
      const known = this.#active.get(key)
      const active = known ?? {
        alert: {
          type: 'VMD',
          state: 'active',
          description: 'Motion alarm',
          channel: channel.channel,
          channelName: channel.name(),
        },
        motion: channel,
        lastSentMs: Number.NEGATIVE_INFINITY,
        isSeen: true,
        endMs: undefined,
      }
      active.isSeen = true
      active.endMs = undefined
      if (known) continue
      this.#active.set(key, active)
      this.#log?.note(active.alert)
    }
    for (const [key, active] of this.#active) {
      const { motion } = active
      if (motion && !active.isSeen) {
        active.endMs ??= nowMs + (this.#endsAfterMs ?? 0)
        if (nowMs < active.endMs) {
          next = Math.min(next, active.endMs)
          continue
        }
        this.#active.delete(key)
        this.#log?.note({ ...active.alert, state: 'inactive' })
        if (this.#endsAfterMs !== undefined) this.#send({ ...active.alert, state: 'inactive' }, nowMs)
        continue
      }
      if (nowMs - active.lastSentMs >= repeatMs) {
        active.lastSentMs = nowMs
        this.#send(motion ? withPlace(active.alert, motion.camera, nowMs) : active.alert, nowMs)
      }
      next = Math.min(next, active.lastSentMs + repeatMs)
    }
    if (heartbeatMs > 0) {
      if (nowMs - this.#lastSentMs >= heartbeatMs) this.#send(heartbeat, nowMs)
      next = Math.min(next, this.#lastSentMs + heartbeatMs)
    }
    return next
  }

  #send(alert: Alert, nowMs: number): void {
    this.#lastSentMs = nowMs
    const count = alert === heartbeat ? 0 : this.#count(alert)
    for (const listener of this.#listeners) listener(alert, count)
  }

  #count(alert: Alert): number {
    const { counter } = this.#profile
    const key = counter === 'device' ? '' : counter === 'type' ? alert.type : `${alert.type}/${alert.channel}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count
  }
}

const heartbeat: Alert = { type: 'videoloss', state: 'inactive', description: 'videoloss alarm', channel: 1 }

/** Motion with what moves, and where it is now. */
function withPlace(alert: Alert, camera: LiveCamera, nowMs: number): Alert {
  const [motion] = camera.motions(nowMs)
  if (!motion) return alert
  const at = camera.positionMs(nowMs)
  const loopAt = at < motion.fromMs ? at + camera.clip.loopMs : at
  const place = motion.path.findLast(([ms]) => ms <= loopAt) ?? motion.path[0]
  return {
    ...alert,
    target: motion.target,
    ...(place ? { region: [place[1], place[2], place[3], place[4]] as const } : {}),
  }
}
