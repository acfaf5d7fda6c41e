// SPDX-License-Identifier: Apache-2.0
/**
 * A stream sealed under a passphrase, in chunks of 64 KiB: AES-256-GCM, each chunk with a nonce of a random prefix, its
 * number, and whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). So chunks cannot
 * be changed, left out, moved, repeated or cut off. The key comes from scrypt (RFC 7914).
 */
import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { Refusal } from '@openhmp/protocol/base'
import type { Secret } from '../secret/secret.ts'

/** What every backup begins with; another form gets another number. */
const MAGIC = Buffer.from('OHMPBAK1')
const SALT_BYTES = 16
const PREFIX_BYTES = 7
const HEAD_BYTES = MAGIC.length + SALT_BYTES + PREFIX_BYTES
const TAG_BYTES = 16
/** Of the content, in each chunk but the last. */
export const CHUNK_BYTES = 64 * 1024
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
const MAX_CHUNKS = 2 ** 32

/** How hard guessing is; the same for all backups of this form, so that none can ask for more. Tests take less. */
const COST: ScryptOptions = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }

const keyOf = (passphrase: Secret, salt: Uint8Array, cost: ScryptOptions) =>
  (promisify(scrypt) as (password: string, salt: Uint8Array, bytes: number, options: ScryptOptions) => Promise<Buffer>)(
    passphrase.reveal().normalize('NFKC'),
    salt,
    32,
    cost,
  )

const nonceOf = (prefix: Uint8Array, chunk: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(12)
  nonce.set(prefix)
  nonce.writeUInt32BE(chunk, PREFIX_BYTES)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** Cuts a stream into pieces of one size; the last is what is left, and says so. */
async function* pieces(
  stream: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<[piece: Buffer, isLast: boolean]> {
  let held: Buffer[] = []
  let bytes = 0
  for await (const part of stream) {
    held.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength))
    bytes += part.length
    // One byte more than a piece: only then is it known that it is not the last.
    if (bytes <= size) continue
    let all = Buffer.concat(held)
    for (; all.length > size; all = all.subarray(size)) yield [all.subarray(0, size), false]
    held = [all]
    bytes = all.length
  }
  yield [Buffer.concat(held), true]
}

/** Seals; gives what belongs into the file. */
export async function* seal(
  content: AsyncIterable<Uint8Array>,
  passphrase: Secret,
  cost: ScryptOptions | undefined = COST,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  const prefix = randomBytes(PREFIX_BYTES)
  const head = Buffer.concat([MAGIC, salt, prefix])
  const key = await keyOf(passphrase, salt, cost)
  yield head
  let chunk = 0
  for await (const [piece, isLast] of pieces(content, CHUNK_BYTES)) {
    if (chunk >= MAX_CHUNKS) throw new Refusal('exhausted', 'backup.large', 'this is more than one backup can hold')
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(prefix, chunk++, isLast)).setAAD(head)
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()])
  }
}

/** Opens; nothing is given that was not sealed so. Throws `Refusal` `backup.form`, `backup.passphrase`, `backup.damaged`. */
export async function* unseal(
  file: AsyncIterable<Uint8Array>,
  passphrase: Secret,
  cost: ScryptOptions | undefined = COST,
): AsyncGenerator<Buffer> {
  const source = file[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)
  while (held.length < HEAD_BYTES) {
    const { value, done } = await source.next()
    if (done) break
    held = Buffer.concat([held, value])
  }
  const head = held.subarray(0, HEAD_BYTES)
  if (head.length < HEAD_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Refusal('invalid', 'backup.form', 'this file is no backup of OpenHMP, or of a later form')
  const key = await keyOf(passphrase, head.subarray(MAGIC.length, MAGIC.length + SALT_BYTES), cost)
  const prefix = head.subarray(-PREFIX_BYTES)
  const rest = async function* () {
    yield held.subarray(HEAD_BYTES)
    yield* { [Symbol.asyncIterator]: () => source }
  }
  let chunk = 0
  for await (const [piece, isLast] of pieces(rest(), SEALED_BYTES)) {
    let opened: Buffer
    try {
      if (piece.length < TAG_BYTES) throw new Error('too short')
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(prefix, chunk, isLast)).setAAD(head)
      decipher.setAuthTag(piece.subarray(-TAG_BYTES))
      opened = Buffer.concat([decipher.update(piece.subarray(0, -TAG_BYTES)), decipher.final()])
    } catch (cause) {
      const at = HEAD_BYTES + chunk * SEALED_BYTES
      throw chunk === 0
        ? new Refusal(
            'invalid',
            'backup.passphrase',
            'the passphrase is another one, or the beginning of the file was changed',
            { cause },
          )
        : new Refusal('invalid', 'backup.damaged', `the backup is cut off or was changed, after byte ${at}`, { cause })
    }
    chunk++
    yield opened
  }
}
