// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import { formatConnect, MAX_CONNECT_HEAD_BYTES, readConnectAnswer } from './connect.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

it('asks as RFC 9112 writes it', () => {
  expect(formatConnect('cms.example:8443')).toBe('CONNECT cms.example:8443 HTTP/1.1\r\nHost: cms.example:8443\r\n\r\n')
  expect(formatConnect('a:1', 'Basic eDp5')).toContain('\r\nProxy-Authorization: Basic eDp5\r\n\r\n')
})

it('reads the answer once it is whole, and leaves what follows', () => {
  const text = 'HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n\u0016\u0003'
  for (let i = 0; i < text.length - 2; i++) expect(readConnectAnswer(bytes(text.slice(0, i)))).toBeUndefined()
  const answer = { status: 200, reason: 'Connection established', length: text.length - 2 }
  expect(readConnectAnswer(bytes(text))).toEqual(answer)
  expect(readConnectAnswer(bytes('HTTP/1.0 407\r\n\r\n'))).toMatchObject({ status: 407, reason: '' })
})

it('refuses what is no proxy, and a head without end', () => {
  expect(() => readConnectAnswer(bytes('SSH-2.0-x\r\n'))).toThrow(/no HTTP proxy/)
  expect(() => readConnectAnswer(bytes('HTTP/1.1 OK\r\n\r\n'))).toThrow(/no status/)
  expect(() => readConnectAnswer(bytes(`HTTP/1.1 200 ${'x'.repeat(MAX_CONNECT_HEAD_BYTES)}`))).toThrow(/no end/)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (input) => {
      try {
        readConnectAnswer(input)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }),
  )
})
