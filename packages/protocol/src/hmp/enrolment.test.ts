// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../../../docs/protocol/vectors/enrolment.json' with { type: 'json' }
import { hex, unhex } from '../base/bytes.ts'
import {
  formatJoinToken,
  identityUri,
  JOIN_CODE_BYTES,
  JOIN_ID_BYTES,
  parseJoinToken,
  requestToSign,
  signedRequest,
} from './enrolment.ts'
import { base64url } from './proof.ts'

describe('join tokens', () => {
  it.each(vectors.tokens)('$name', ({ name: _, token, ...parts }) => {
    expect(parseJoinToken(token)).toEqual(parts)
    expect(formatJoinToken(parts)).toBe(token)
  })

  it.each(vectors.badTokens)('%s is none', (text) => expect(parseJoinToken(text)).toBeUndefined())

  it('come back as they were written, and any text gives a token or nothing', () => {
    const bytes = (count: number) => fc.uint8Array({ minLength: count, maxLength: count })
    fc.assert(
      fc.property(bytes(JOIN_ID_BYTES), bytes(JOIN_CODE_BYTES), bytes(32), (id, code, pin) => {
        const token = { id: base64url(id), code: base64url(code), caFingerprint: hex(pin), address: '192.0.2.1:8443' }
        expect(parseJoinToken(formatJoinToken(token))).toEqual(token)
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void parseJoinToken(`hmp1j:${text}`)))
  })
})

describe('certification requests', () => {
  it.each(vectors.requests)('$name', ({ publicKey, toSign, signature, request }) => {
    expect(hex(requestToSign(unhex(publicKey)!))).toBe(toSign)
    expect(hex(signedRequest(unhex(toSign)!, unhex(signature)!))).toBe(request)
    const key = createPublicKey({ key: Buffer.from(publicKey, 'hex'), format: 'der', type: 'spki' })
    expect(verify('sha256', Buffer.from(toSign, 'hex'), key, Buffer.from(signature, 'hex'))).toBe(true)
  })

  it('writes long lengths', () => {
    expect(hex(signedRequest(new Uint8Array(300), new Uint8Array(8))).slice(0, 8)).toBe('30820143')
  })

  it('names identities as certificates do', () => expect(identityUri('a:b%/c')).toBe('hmp:a%3Ab%25%2Fc'))
})
