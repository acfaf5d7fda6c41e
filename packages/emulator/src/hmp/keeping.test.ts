// SPDX-License-Identifier: Apache-2.0
/** What a device keeps between sessions, and how much at most: events, and answers to orders. */
import { HeaderMap } from '@openhmp/protocol/http'
import type { HmpSession, IncomingRequest } from '@openhmp/protocol/session'
import { AnswerMemory, MAX_REMEMBERED, REMEMBER_MS } from '@openhmp/protocol/session'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { EventSpool, MAX_SPOOLED_EVENTS } from './event-spool.ts'

const order = (key: string): IncomingRequest => ({
  type: 'management',
  method: 'PUT',
  target: '/',
  headers: new HeaderMap({ 'Idempotency-Key': key }),
  body: new Uint8Array(0),
  signal: new AbortController().signal,
})

/** A session that keeps what it is asked and answers by hand. */
const fakeSession = () => {
  const asked: { id: string; answer(status: number): void }[] = []
  const session = {
    request: (request: { headers: Record<string, string> }) =>
      new Promise((resolve) => {
        asked.push({ id: request.headers['HMP-Event-Id']!, answer: (status) => resolve({ status }) })
      }),
  }
  return { asked, session: session as unknown as HmpSession }
}
const settle = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

describe('events of a device', () => {
  it('go in order, 64 at a time, and again in a new session', async () => {
    const spool = new EventSpool('cam-7', new VirtualClock())
    for (let i = 0; i < 100; i++) spool.add('<x/>', 1)
    const first = fakeSession()
    spool.attach(first.session, new AbortController().signal)
    expect(first.asked.map(({ id }) => Number(id))).toEqual(Array.from({ length: 64 }, (_, i) => i + 1))
    first.asked[0]!.answer(204)
    first.asked[1]!.answer(400)
    await settle()
    expect([spool.length, spool.dead, first.asked.at(-1)?.id]).toEqual([98, 1, '66'])
    const second = fakeSession()
    spool.attach(second.session, new AbortController().signal)
    expect(second.asked[0]!.id).toBe('3')
    first.asked[2]!.answer(204) // of a session that is over
    await settle()
    expect(spool.length).toBe(98)
  })

  it('are sent again after a pause when they were not stored', async () => {
    const clock = new VirtualClock()
    const spool = new EventSpool('cam-7', clock)
    const { asked, session } = fakeSession()
    spool.attach(session, new AbortController().signal)
    spool.add('<x/>', undefined)
    asked[0]!.answer(503)
    await settle()
    expect(asked).toHaveLength(1)
    await clock.advance(1000)
    await settle()
    expect(asked.map(({ id }) => id)).toEqual(['1', '1'])
  })

  it('are kept up to a limit', () => {
    const spool = new EventSpool('cam-7', new VirtualClock())
    for (let i = 0; i <= MAX_SPOOLED_EVENTS; i++) spool.add('<x/>', 1)
    expect([spool.length, spool.lost]).toEqual([MAX_SPOOLED_EVENTS, 1])
  })
})

describe('orders that come twice', () => {
  it('are done once within ten minutes, and the oldest are forgotten first', async () => {
    let now = 0
    let done = 0
    const memory = new AnswerMemory(() => now)
    const act = async () => ({ status: 200 + done++ })
    expect(await memory.answer(order('a'), act)).toEqual({ status: 200 })
    expect(await memory.answer(order('a'), act)).toEqual({ status: 200 })
    now = REMEMBER_MS
    expect(await memory.answer(order('a'), act)).toEqual({ status: 201 })
    for (let i = 0; i < MAX_REMEMBERED; i++) await memory.answer(order(`b${i}`), act)
    const before = done
    await memory.answer(order('a'), act)
    expect(done).toBe(before + 1)
  })
})
