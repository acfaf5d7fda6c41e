// SPDX-License-Identifier: Apache-2.0
/** What a picture that was sent is, by its own first bytes: PNG (ISO 15948 §11.2.1) or JPEG (ITU-T T.81 §B.2.2). Pure. */
import { Refusal } from '@openhmp/protocol/base'

/** Pixels of a plan: more would fill a browser's memory. */
export const MAX_PLAN_PIXELS = 40_000_000

export interface PictureFacts {
  readonly type: 'image/png' | 'image/jpeg'
  readonly width: number
  readonly height: number
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex')

/** Throws `Refusal` `plan.picture` for what is neither, is cut off, or is too large. */
export const pictureFacts = (bytes: Buffer): PictureFacts => {
  const facts = bytes.subarray(0, 8).equals(PNG) ? png(bytes) : jpeg(bytes)
  if (!facts || facts.width === 0 || facts.height === 0)
    throw refusal('a plan is a PNG or JPEG picture; a drawing (SVG, PDF, DWG) has to be saved as one first')
  if (facts.width * facts.height > MAX_PLAN_PIXELS)
    throw refusal(
      `the picture has ${facts.width} x ${facts.height} pixels: make it smaller than ${MAX_PLAN_PIXELS / 1e6} million`,
    )
  return facts
}

const refusal = (text: string): Refusal => new Refusal('invalid', 'plan.picture', text)

const png = (bytes: Buffer): PictureFacts | undefined =>
  bytes.length >= 24 && bytes.toString('latin1', 12, 16) === 'IHDR'
    ? { type: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
    : undefined

/** Frame headers; DHT, JPG and DAC lie between them. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

const jpeg = (bytes: Buffer): PictureFacts | undefined => {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!
    if (marker === 0xff)
      at++ // filled up
    else if (isFrame(marker))
      return { type: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    else at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}
