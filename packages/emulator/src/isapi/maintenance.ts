// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware over ISAPI: an image comes by PUT as it is, or by POST in a form, is read as it comes, and judged when it is
 * whole. `upgradeStatus` tells how far the device is with it.
 */
import { element } from '@openhmp/protocol/xml'
import type { DeviceRequest } from '../device/api.ts'
import { FirmwareError, FirmwareReader } from '../device/firmware-image.ts'
import { type Answer, type StatusName, statusOf } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route } from './route.ts'

/** Longest head of a form's part, in bytes. */
export const MAX_FORM_HEAD_BYTES = 4096

/** True for the path that firmware is sent to, below the root of the tree. */
export const isFirmwarePath = (path: string | undefined): boolean => path?.toLowerCase() === '/system/updatefirmware'

/** An image on its way in. Dispose when it breaks off. */
export class FirmwareUpload implements Disposable {
  readonly #core: DeviceCore
  readonly #reader: FirmwareReader
  /** Bytes before the file, while its begin has not been seen; undefined from then on. */
  #formHead: Uint8Array | undefined
  #refusal: StatusName | undefined
  #isReceiving = false

  constructor(core: DeviceCore, { method, contentType = '', user }: Omit<DeviceRequest, 'body' | 'target'>) {
    this.#core = core
    const isForm = /^multipart\/form-data/i.test(contentType)
    this.#formHead = isForm ? new Uint8Array() : undefined
    this.#reader = new FirmwareReader({ mayHaveTail: isForm })
    if (!core.isActivated) this.#refusal = 'notActivated'
    else if (core.accounts.find(user)?.level !== 'Administrator') this.#refusal = 'lowPrivilege'
    else if (method !== core.profile.upgrade.method) this.#refusal = 'methodNotAllowed'
    else this.#try(() => this.#receive())
  }

  #receive(): void {
    this.#core.flash.receive()
    this.#isReceiving = true
  }

  push(piece: Uint8Array): void {
    if (this.#refusal) return
    this.#try(() => {
      const rest = this.#formHead ? this.#afterHead(this.#formHead, piece) : piece
      if (rest.length > 0) this.#reader.push(rest)
    })
  }

  /** What follows the empty line that begins the form's file. */
  #afterHead(before: Uint8Array, piece: Uint8Array): Uint8Array {
    const known = Buffer.concat([before, piece])
    const at = known.subarray(0, MAX_FORM_HEAD_BYTES).indexOf('\r\n\r\n')
    if (at < 0 && known.length >= MAX_FORM_HEAD_BYTES) throw new FirmwareError(true, 'the form has no file')
    this.#formHead = at < 0 ? known : undefined
    return at < 0 ? new Uint8Array() : known.subarray(at + 4)
  }

  /** All has come: begins to write it, or says why not. */
  end(): Answer {
    this.#try(() => {
      if (!this.#refusal) this.#core.writeFirmware(this.#reader.end())
    })
    if (this.#refusal) return { status: this.#refusal }
    return { status: this.#core.profile.upgrade.isRebooting ? 'ok' : 'rebootRequired' }
  }

  #try(act: () => void): void {
    try {
      act()
    } catch (error) {
      if (error instanceof FirmwareError) this.#refusal = error.isFormat ? 'fileFormatError' : 'fileContentError'
      else this.#refusal = statusOf(error)
    }
  }

  [Symbol.dispose](): void {
    if (this.#isReceiving) this.#core.flash.drop()
    this.#isReceiving = false
  }
}

/** Paths of this part of the tree, but for the upload itself. */
export const maintenanceRoutes: readonly Route[] = [
  get('/System/upgradeStatus', ({ core }) => {
    if (!core.profile.upgrade.hasStatus) return { status: 'notSupport' }
    const { isUpgrading, percent } = core.flash
    return document(core, 'upgradeStatus', [element('upgrading', isUpgrading), element('percent', percent)])
  }),
]
