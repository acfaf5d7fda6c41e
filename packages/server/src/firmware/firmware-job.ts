// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware onto one device, so that no crash of ours flashes it twice. A device flashes only an image that it has whole;
 * so the last piece of it is held back until the disk knows that it goes out. What is remembered therefore tells all:
 *
 *   uploading: the image was never whole there; it may be sent again
 *   flashing:  it may have been; it is never sent again, and what the device shows decides
 */
import { type IsapiDoor, readUpgradeStatus, uploadFirmware } from '@openhmp/client'
import { type Clock, LinkError, PeerError, Refusal } from '@openhmp/protocol/base'
import { readDeviceInfo } from '@openhmp/protocol/isapi'
import { type JobKind, type JobTarget, SkipDevice, type Task } from '../job/kind.ts'

/** A device is given up when it does not show the new version by then. */
export const FLASH_MS = 10 * 60_000
/** How long a device may stand still, neither at work nor renewed, before its state counts. */
export const SETTLE_MS = 30_000
/** How often it is asked how far it is. */
const POLL_MS = 2000
const ANSWER_MS = 8000
/** A device whose line breaks during the upload is tried so often. */
const MAX_UPLOADS = 3
/** Share of the work that the upload is. */
const UPLOAD_SHARE = 0.5

/** An image of the library, as the work needs it. */
export interface Image {
  readonly id: string
  readonly version: string
  /** Models that it is for. */
  readonly models: readonly string[]
  readonly sizeBytes: number
  open(): AsyncIterable<Uint8Array>
}

/** Which image. */
export interface FirmwareSpec {
  readonly firmware: string
}

/** What the disk knows of a device. */
export interface FirmwareMemo {
  readonly phase: 'uploading' | 'flashing'
  readonly versionBefore: string
  /** The device said yes to the whole image. */
  readonly isTaken: boolean
  /** We have told it to restart. */
  readonly isRebooted: boolean
}

/** What is shown of a device that is done. */
export interface FirmwareResult {
  readonly versionBefore: string
  readonly version: string
}

/** What the work needs of its neighbours. */
export interface FirmwareParts {
  readonly clock: Clock
  /** Throws `Refusal` `firmware.unknown`. */
  image(id: string): Promise<Image>
  /** Being away is no news for now, or is again. */
  expectAbsence(device: string, isExpected: boolean): void
  reboot(device: string, signal: AbortSignal): Promise<void>
  /** Gives a picture and its events again. */
  isAlive(device: string, signal: AbortSignal): Promise<boolean>
}

/** True when the version that a device tells, build and all, is this one. */
export const isVersion = (told: string, version: string): boolean => told === version || told.startsWith(`${version} `)

/** The kind `firmware`. */
export class FirmwareJob implements JobKind<FirmwareSpec, FirmwareMemo, FirmwareResult> {
  readonly kind = 'firmware'
  readonly needs = 'device.firmware'
  readonly #parts: FirmwareParts

  constructor(parts: FirmwareParts) {
    this.#parts = parts
  }

  async run(target: JobTarget, spec: FirmwareSpec, task: Task<FirmwareMemo>): Promise<FirmwareResult> {
    const image = await this.#parts.image(spec.firmware)
    const work = new Flashing(this.#parts, target, image, task)
    this.#parts.expectAbsence(target.known.id, true)
    let isOver = false
    try {
      const result = await work.run()
      // From here on its state is its own again, and is looked at.
      this.#parts.expectAbsence(target.known.id, false)
      isOver = true
      await work.awaitLife()
      return result
    } finally {
      if (!isOver) this.#parts.expectAbsence(target.known.id, false)
    }
  }
}

/** What a look at the device gave; undefined while it is away. */
interface Look {
  readonly version: string
  readonly model: string
  readonly isUpgrading: boolean
  readonly share: number | undefined
}

class Flashing {
  readonly #parts: FirmwareParts
  readonly #target: JobTarget
  readonly #image: Image
  readonly #task: Task<FirmwareMemo>
  #memo: FirmwareMemo | undefined

  constructor(parts: FirmwareParts, target: JobTarget, image: Image, task: Task<FirmwareMemo>) {
    this.#parts = parts
    this.#target = target
    this.#image = image
    this.#task = task
    this.#memo = task.memo
  }

  get #door(): IsapiDoor {
    return this.#target.door
  }

  async run(): Promise<FirmwareResult> {
    if (this.#memo?.phase !== 'flashing') await this.#bring()
    const { versionBefore } = this.#memo!
    return { versionBefore, version: await this.#awaitVersion() }
  }

  /** Until the whole image may be there. */
  async #bring(): Promise<void> {
    const { clock } = this.#parts
    for (let tries = 1; ; tries++) {
      const look = await this.#lookUntilThere()
      if (isVersion(look.version, this.#image.version)) {
        if (this.#memo) return // somebody else brought it meanwhile
        throw new SkipDevice('firmware.same', 'has it already')
      }
      if (!this.#image.models.includes(look.model))
        throw new SkipDevice('firmware.model', `this firmware is not for ${look.model}`)
      if (look.isUpgrading)
        throw new Refusal(
          'conflict',
          'firmware.busy',
          'the device is flashing an image that did not come from this job',
        )
      const versionBefore = this.#memo?.versionBefore ?? look.version
      await this.#remember({ phase: 'uploading', versionBefore, isTaken: false, isRebooted: false })
      try {
        const outcome = await this.#upload()
        if (outcome === 'taken') await this.#remember({ ...this.#memo!, isTaken: true })
        return
      } catch (error) {
        this.#task.signal.throwIfAborted()
        if (!(error instanceof LinkError) || this.#isFlashing || tries >= MAX_UPLOADS) {
          if (error instanceof LinkError && this.#isFlashing) return // what the device shows decides
          throw error
        }
        this.#task.log(`the upload broke off: ${error.message}; it is begun again`)
        await clock.sleep(POLL_MS, { signal: this.#task.signal })
      }
    }
  }

  get #isFlashing(): boolean {
    return this.#memo?.phase === 'flashing'
  }

  #upload(): Promise<'taken' | 'unclear'> {
    const { sizeBytes } = this.#image
    const upload = {
      sizeBytes,
      open: () => this.#heldBack(),
      onProgress: (sent: number) => this.#task.progress((sent / sizeBytes) * UPLOAD_SHARE, 'uploading'),
    }
    return uploadFirmware(this.#door, upload, { signal: this.#task.signal })
  }

  /** The image; its last piece goes out once the disk knows of it. */
  async *#heldBack(): AsyncGenerator<Uint8Array> {
    // Asked for again: the device has refused it and wants it in another way, so it has nothing of it.
    if (this.#isFlashing) await this.#remember({ ...this.#memo!, phase: 'uploading' })
    let held: Uint8Array | undefined
    for await (const piece of this.#image.open()) {
      if (piece.length === 0) continue
      if (held) yield held
      held = piece
    }
    if (!held) throw new Refusal('invalid', 'firmware.empty', 'the image is empty')
    await this.#remember({ ...this.#memo!, phase: 'flashing' })
    yield held
  }

  /** Until the device shows the new version. */
  async #awaitVersion(): Promise<string> {
    const { clock } = this.#parts
    const { signal } = this.#task
    const endMs = clock.monotonic() + FLASH_MS
    let stillSinceMs: number | undefined
    let wasThere = false
    while (clock.monotonic() < endMs) {
      const look = await this.#look()
      wasThere = look !== undefined
      if (look && isVersion(look.version, this.#image.version) && !look.isUpgrading) return look.version
      if (!look || look.isUpgrading) {
        stillSinceMs = undefined
        this.#task.progress(UPLOAD_SHARE + (look?.share ?? 0.9) * 0.4, look ? 'flashing' : 'restarting')
      } else {
        stillSinceMs ??= clock.monotonic()
        if (clock.monotonic() - stillSinceMs >= SETTLE_MS) {
          await this.#bootOrGiveUp(look)
          stillSinceMs = undefined
        }
      }
      await clock.sleep(POLL_MS, { signal })
    }
    const text = wasThere ? 'does not become ready' : 'has not come back'
    throw new Refusal('unavailable', 'firmware.away', `the device ${text} within ${FLASH_MS / 60_000} minutes`)
  }

  /** It shows the old version and does nothing. One that said yes to the image may wait for a restart. */
  async #bootOrGiveUp({ version }: Look): Promise<void> {
    const memo = this.#memo!
    if (!memo.isTaken || memo.isRebooted) {
      const text = `the device still shows ${version}; whether the image reached it whole is not known, so it is not sent again by itself`
      throw new Refusal('conflict', 'firmware.unclear', text)
    }
    await this.#remember({ ...memo, isRebooted: true })
    this.#task.progress(0.9, 'restarting')
    await this.#parts.reboot(this.#target.known.id, this.#brief()).catch((error: unknown) => {
      this.#task.signal.throwIfAborted()
      this.#task.log(`the restart was not taken: ${(error as Error).message}`)
    })
  }

  /** Until it gives a picture and its events again. */
  async awaitLife(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#task
    this.#task.progress(0.95, 'waiting for picture and events')
    const endMs = clock.monotonic() + FLASH_MS
    while (clock.monotonic() < endMs) {
      try {
        if (await this.#parts.isAlive(this.#target.known.id, this.#brief())) return
      } catch {
        signal.throwIfAborted() // not yet
      }
      await clock.sleep(POLL_MS, { signal })
    }
    throw new Refusal('unavailable', 'firmware.deaf', 'the new version is there, but no picture or no events come')
  }

  async #lookUntilThere(): Promise<Look> {
    const { clock } = this.#parts
    const endMs = clock.monotonic() + FLASH_MS
    for (;;) {
      const look = await this.#look()
      if (look) return look
      if (clock.monotonic() >= endMs || !this.#memo)
        throw new Refusal('unavailable', 'firmware.away', 'the device cannot be reached')
      await clock.sleep(POLL_MS, { signal: this.#task.signal })
    }
  }

  async #look(): Promise<Look | undefined> {
    const signal = this.#brief()
    try {
      const { isUpgrading, share } = await readUpgradeStatus(this.#door, { signal })
      const told = readDeviceInfo(await this.#door.getXml('/ISAPI/System/deviceInfo', { signal }))
      return { version: told.firmwareVersion, model: told.model, isUpgrading, share }
    } catch (error) {
      this.#task.signal.throwIfAborted()
      if (error instanceof PeerError && error.retry === 'after-login') throw error // waiting makes no password right
      return undefined
    }
  }

  #brief(): AbortSignal {
    return AbortSignal.any([this.#task.signal, AbortSignal.timeout(ANSWER_MS)])
  }

  async #remember(memo: FirmwareMemo): Promise<void> {
    await this.#task.remember(memo)
    this.#memo = memo
  }
}
