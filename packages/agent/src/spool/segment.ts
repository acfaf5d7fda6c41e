// SPDX-License-Identifier: Apache-2.0
/**
 * One file of the spool: records one after the other, each with its length and a checksum, so that a tail that was torn by a
 * loss of power is seen and cut off. Record: u32 length of the rest, u32 CRC-32 of it, u16 length of the head, head (JSON), body.
 */
import { crc32 } from 'node:zlib'
import { concat, fromUtf8, HmpError, utf8 } from '@openhmp/protocol/base'

/** An event as it lies in the spool. */
export interface SpoolRecord {
  readonly id: number
  readonly device: string
  readonly contentType: string
  readonly body: Uint8Array
}

/** Bytes before the head. */
const FRAME_BYTES = 10
/** Longest record: what fits into an HMP message (hmp.md §5), with room for its fields. */
export const MAX_RECORD_BYTES = 1024 * 1024 - 8 * 1024

/** Something of the spool is not as it has to be. Code `spool.*`. */
export class SpoolError extends HmpError {}

/** Writes one. Throws `SpoolError` `spool.size`. */
export const encodeRecord = ({ id, device, contentType, body }: SpoolRecord): Uint8Array => {
  const head = utf8(JSON.stringify({ id, device, contentType }))
  const bytes = new Uint8Array(FRAME_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 2 + head.length + body.length)
  view.setUint16(8, head.length)
  const record = concat([bytes, head, body])
  if (record.length > MAX_RECORD_BYTES) throw new SpoolError('spool.size', `an event of ${body.length} bytes`)
  new DataView(record.buffer, record.byteOffset).setUint32(4, crc32(record.subarray(8)))
  return record
}

/** The records of a file, and how many of its bytes are sound: what follows was torn. */
export const decodeRecords = (file: Uint8Array): { readonly records: SpoolRecord[]; readonly soundBytes: number } => {
  const records: SpoolRecord[] = []
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  let at = 0
  while (at + FRAME_BYTES <= file.length) {
    const end = at + 8 + view.getUint32(at)
    if (end - at > MAX_RECORD_BYTES || end > file.length || end < at + FRAME_BYTES) break
    if (crc32(file.subarray(at + 8, end)) !== view.getUint32(at + 4)) break
    const bodyAt = at + FRAME_BYTES + view.getUint16(at + 8)
    const head = headOf(file.subarray(at + FRAME_BYTES, bodyAt))
    if (!head || bodyAt > end) break
    records.push({ ...head, body: file.subarray(bodyAt, end) })
    at = end
  }
  return { records, soundBytes: at }
}

const headOf = (bytes: Uint8Array): Omit<SpoolRecord, 'body'> | undefined => {
  try {
    const { id, device, contentType } = JSON.parse(fromUtf8(bytes)) as Record<string, unknown>
    if (typeof id !== 'number' || typeof device !== 'string' || typeof contentType !== 'string') return undefined
    return { id, device, contentType }
  } catch {
    return undefined
  }
}
