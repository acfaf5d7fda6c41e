// SPDX-License-Identifier: Apache-2.0
/** The Node shells of HMP on loopback, over both carriers: trust, login, requests, media, goodbye. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { jsonResponse } from '@openhmp/protocol/http'
import type { Closing, OpenStream, ReceivedUnit } from '@openhmp/protocol/session'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { unitOf } from '../../protocol/test/simulated-link.ts'
import { dialHmp } from '../src/hmp/dial.ts'
import { listenHmp, systemClock } from './hmp-listener.ts'

const key = new Uint8Array(randomBytes(32))
const never = new AbortController().signal

const listen = () =>
  listenHmp((session) => ({
    role: 'device',
    identity: 'cam-7',
    keyOf: (identity) => (identity === 'cms-1' ? key : undefined),
    onRequest: async ({ method, target, body }) => {
      if (target !== '/HMP/streams' || method !== 'POST') return { status: 200, body }
      const handle = session().allocateHandle()
      session().sendUnit(handle, unitOf({ isKey: true, bytes: 300_000 }))
      for (let i = 0; i < 10; i++) session().sendUnit(handle, unitOf({ bytes: 10_000, timestamp: i }))
      session().endStream(handle)
      return jsonResponse(201, { stream: handle, direction: 'send', sdp: 'v=0' })
    },
  }))

const dial = (url: string, caFingerprint: string, more: { onClose?(closing: Closing): void; key?: Uint8Array } = {}) =>
  dialHmp({
    url,
    role: 'cms',
    identity: 'cms-1',
    software: 'test/1',
    key,
    caFingerprint,
    clock: systemClock,
    signal: never,
    onRequest: async () => ({ status: 204 }),
    ...more,
  })

describe('HMP in Node', () => {
  it.each(['tlsUrl', 'webUrl'] as const)('dials, asks, watches and says goodbye over %s', async (carrier) => {
    await using listener = await listen()
    const closings: Closing[] = []
    const session = await dial(listener[carrier], listener.caFingerprint, {
      onClose: (closing) => closings.push(closing),
    })
    expect(session.peer).toMatchObject({ role: 'device', identity: 'cam-7' })
    const body = new Uint8Array(200_000).fill(7)
    const answer = await session.request({ method: 'POST', target: '/echo', body }, { signal: never })
    expect(Buffer.compare(answer.body, body)).toBe(0)
    const units: ReceivedUnit[] = []
    const ended = Promise.withResolvers<string>()
    const stream: OpenStream = await session.openStream(
      { channel: 1, kind: 'live', media: ['video'] },
      { signal: never, onUnit: (unit) => units.push(unit), onEnd: ({ code }) => ended.resolve(code) },
    )
    expect(stream.sdp).toBe('v=0')
    expect(await ended.promise).toBe('end')
    expect(units).toHaveLength(11)
    expect(units[0]!.sizeBytes).toBeGreaterThan(300_000)
    listener.sessions[0]!.close('busy', 'enough', { retryAfterMs: 1 })
    await vi.waitFor(() => expect(closings).toMatchObject([{ code: 'busy', byPeer: true, retryAfterMs: 1 }]))
  })

  it.each(['tlsUrl', 'webUrl'] as const)('trusts only the pinned authority over %s', async (carrier) => {
    await using listener = await listen()
    await expect(dial(listener[carrier], 'ab'.repeat(32))).rejects.toMatchObject({ code: 'tls.pin' })
    await using other = await listen()
    const session = await dial(other[carrier], other.caFingerprint) // now its authority is known
    session.close('shutdown')
    await expect(dial(listener[carrier], other.caFingerprint)).rejects.toMatchObject({ code: 'link.refused' })
  })

  it.each(['tlsUrl', 'webUrl'] as const)('is refused with a wrong key over %s', async (carrier) => {
    await using listener = await listen()
    const wrong = dial(listener[carrier], listener.caFingerprint, { key: new Uint8Array(32) })
    await expect(wrong).rejects.toMatchObject({ code: 'hmp.login', retry: 'after-login' })
  })

  it('names a port where nobody listens', async () => {
    await expect(dial('hmps://127.0.0.1:1', 'ab'.repeat(32))).rejects.toMatchObject({ code: 'link.refused' })
  })

  it('closes a WebSocket that sends text with 1003, and one that breaks a rule with 4000 and its number', async () => {
    await using listener = await listen()
    for (const [message, code] of [
      ['hello', 1003],
      [new Uint8Array(16), 4001],
    ] as const) {
      const socket = new WebSocket(listener.webUrl, 'hmp.1', {
        ca: [listener.certificate.cert],
        rejectUnauthorized: false,
      })
      await once(socket, 'open')
      socket.send(message)
      const [closedWith] = await once(socket, 'close')
      expect(closedWith).toBe(code)
    }
  })
})
