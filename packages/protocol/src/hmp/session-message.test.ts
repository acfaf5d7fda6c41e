// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import proofs from '../../../../docs/protocol/vectors/proofs.json' with { type: 'json' }
import vectors from '../../../../docs/protocol/vectors/session-messages.json' with { type: 'json' }
import { hex, unbase64, unhex, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { goodbyeNumbers, isGoodbyeCode } from './goodbye.ts'
import { MAX_FEATURES, MAX_NAME_BYTES } from './limits.ts'
import { base64url, formatDialToken, isRightProof, parseDialToken, proofInput } from './proof.ts'
import { decodeSessionMessage, encodeSessionMessage, type SessionMessage } from './session-message.ts'

describe('session messages, hmp.md §6', () => {
  it.each(vectors.rows)('reads or refuses: $name', (row) => {
    const read = () => decodeSessionMessage(utf8(row.text))
    if ('error' in row) return expect(read).toThrow(expect.objectContaining({ code: `hmp.${row.error}` }))
    const message = read()
    expect(message).toEqual(row.message)
    if (message.t !== 'unknown') expect(decodeSessionMessage(encodeSessionMessage(message))).toEqual(message)
  })

  it('takes names and features up to their limits', () => {
    const hello = vectors.rows[0]!.message as unknown as Extract<SessionMessage, { t: 'hello' }>
    const longest = 'x'.repeat(MAX_NAME_BYTES)
    const features = Array.from({ length: MAX_FEATURES }, () => longest)
    const long = { ...hello, identity: longest, features }
    expect(decodeSessionMessage(encodeSessionMessage(long))).toEqual(long)
    expect(() => decodeSessionMessage(encodeSessionMessage({ ...hello, software: `${longest}x` }))).toThrow(WireError)
    expect(() => decodeSessionMessage(encodeSessionMessage({ ...long, features: [...features, 'y'] }))).toThrow(
      WireError,
    )
  })

  it('answers any bytes and any JSON with a message or a WireError', () => {
    const check = (bytes: Uint8Array) => {
      try {
        expect(typeof decodeSessionMessage(bytes).t).toBe('string')
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), check))
    const words = fc.constantFrom(
      'hello',
      'challenge',
      'proof',
      'welcome',
      'ping',
      'pong',
      'ack',
      'window',
      'goodbye',
      '__proto__',
    )
    fc.assert(
      fc.property(words, fc.dictionary(fc.string(), fc.jsonValue()), (t, rest) =>
        check(utf8(JSON.stringify({ ...rest, t }))),
      ),
    )
  })

  it('numbers its goodbyes without a gap, as the page does', () => {
    expect(Object.values(goodbyeNumbers)).toEqual(Object.values(goodbyeNumbers).map((_, i) => i + 1))
    const page = readFileSync(new URL('../../../../docs/protocol/hmp.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, number, code]) => [code, Number(number)])
    expect(Object.fromEntries(rows)).toEqual(goodbyeNumbers)
    expect(isGoodbyeCode('flow')).toBe(true)
    expect(isGoodbyeCode('toString')).toBe(false)
  })
})

describe('login by key, hmp.md §7.2', () => {
  it.each(proofs.rows)('proves: $name, $exporter', (row) => {
    const exporter = unhex(row.exporter)!
    const input = proofInput({
      role: row.role,
      identity: row.identity,
      diallerNonce: unbase64(row.diallerNonce)!,
      acceptorNonce: unbase64(row.acceptorNonce)!,
      ...(exporter.length ? { exporter } : {}),
    })
    expect(hex(input)).toBe(row.input)
    const proof = new Uint8Array(createHmac('sha256', unhex(row.key)!).update(input).digest())
    expect(base64url(proof)).toBe(row.proof)
    expect(isRightProof(row.proof, proof)).toBe(true)
    proof[31]! ^= 1
    expect(isRightProof(row.proof, proof)).toBe(false)
    expect(isRightProof('', proof)).toBe(false)
  })

  it('writes and reads dial tokens', () => {
    const token = { identity: 'a:b%3A', key: new Uint8Array(32).fill(7), caFingerprint: 'ab'.repeat(32) }
    expect(parseDialToken(formatDialToken(token))).toEqual(token)
    for (const wrong of [
      '',
      'hmp1:x',
      formatDialToken(token).slice(0, -1),
      formatDialToken(token).replace('hmp1', 'hmp2'),
    ])
      expect(parseDialToken(wrong)).toBeUndefined()
  })
})
