// SPDX-License-Identifier: Apache-2.0
/** UUIDs that sort by time (RFC 9562 §5.7): rows that are written one after the other stand side by side. */
import { randomBytes } from 'node:crypto'

/** A new one; milliseconds since 1970. */
export const uuidv7 = (nowMs: number): string => {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Math.max(0, Math.floor(nowMs)), 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
