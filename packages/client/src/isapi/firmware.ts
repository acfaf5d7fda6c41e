// SPDX-License-Identifier: Apache-2.0
/** Firmware over ISAPI: sending an image, and how far the device is with it. */
import { LinkError, PeerError, Refusal, utf8 } from '@openhmp/protocol/base'
import { booleanAt, numberAt } from '@openhmp/protocol/xml'
import { confirmationOf } from './answer.ts'
import { SentLinkError } from './exchange.ts'
import type { IsapiUpload } from './options.ts'
import type { IsapiDoor } from './resource.ts'

/** Largest image that devices of this kind take. */
export const MAX_FIRMWARE_BYTES = 512 * 1024 * 1024
/** Devices check and unpack an image before they answer. */
const UPLOAD_PATH = '/ISAPI/System/updateFirmware'
const STATUS_PATH = '/ISAPI/System/upgradeStatus'

interface Asking {
  readonly signal?: AbortSignal
}

/** How far a device is. */
export interface UpgradeStatus {
  readonly isUpgrading: boolean
  /** 0..1, where it tells. */
  readonly share: number | undefined
}

/** What became of an upload: `taken`, or cut after all had gone out, so that only the device knows. */
export type UploadOutcome = 'taken' | 'unclear'

/**
 * Sends an image. Rejects with `PeerError` `isapi.badDevType`, `isapi.badLanguage`, `isapi.upgrading` ... when the device
 * refuses it, `LinkError` when it broke off on the way, `Refusal` `firmware.way` where the way to the device is too narrow.
 *
 * Tolerates: devices that restart instead of answering, and such that take an image by POST in a form alone.
 */
export const uploadFirmware = async (
  door: IsapiDoor,
  image: IsapiUpload,
  options: Asking = {},
): Promise<UploadOutcome> => {
  if (image.sizeBytes > MAX_FIRMWARE_BYTES)
    throw new Refusal('invalid', 'firmware.large', `firmware of more than ${MAX_FIRMWARE_BYTES / 1024 / 1024} MiB`)
  if (!door.upload)
    throw new Refusal(
      'conflict',
      'firmware.way',
      `${door.name}: firmware cannot be sent the way this device is reached`,
    )
  try {
    return await send(door, image, options)
  } catch (error) {
    if (!(error instanceof PeerError) || error.code !== 'isapi.not-supported') throw error
    return await send(door, formOf(image), options)
  }
}

const send = async (door: IsapiDoor, image: IsapiUpload, options: Asking): Promise<UploadOutcome> => {
  let sentBytes = 0
  const counted: IsapiUpload = {
    ...image,
    open: () => image.open(),
    onProgress: (bytes) => {
      sentBytes = bytes
      image.onProgress?.(bytes)
    },
  }
  try {
    const where = `${door.name}: ${image.method ?? 'PUT'} ${UPLOAD_PATH}`
    confirmationOf(await door.upload!(UPLOAD_PATH, counted, options), where)
    return 'taken'
  } catch (error) {
    if (error instanceof SentLinkError) return 'unclear'
    if (error instanceof LinkError && sentBytes === image.sizeBytes) return 'unclear'
    throw error
  }
}

/** The image as the one file of a form (RFC 7578). */
const formOf = (image: IsapiUpload): IsapiUpload => {
  const boundary = '----openhmp-firmware-7d1f4b90c2a8'
  const disposition = 'Content-Disposition: form-data; name="updateFile"; filename="digicap.dav"'
  const head = utf8(`--${boundary}\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`)
  const tail = utf8(`\r\n--${boundary}--\r\n`)
  return {
    method: 'POST',
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: head.length + image.sizeBytes + tail.length,
    async *open() {
      yield head
      yield* image.open()
      yield tail
    },
    onProgress: (sent) => image.onProgress?.(Math.min(image.sizeBytes, Math.max(0, sent - head.length))),
  }
}

/**
 * Asks how far the device is. Rejects while it is away.
 *
 * Tolerates: firmware without this document: it is not upgrading.
 */
export const readUpgradeStatus = async (door: IsapiDoor, options: Asking = {}): Promise<UpgradeStatus> => {
  try {
    const told = await door.getXml(STATUS_PATH, options)
    const percent = numberAt(told, 'percent')
    return {
      isUpgrading: booleanAt(told, 'upgrading') ?? false,
      share: percent === undefined ? undefined : Math.min(1, Math.max(0, percent / 100)),
    }
  } catch (error) {
    if (error instanceof PeerError && error.retry === 'never') return { isUpgrading: false, share: undefined }
    throw error
  }
}
