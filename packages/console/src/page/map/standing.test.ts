// SPDX-License-Identifier: Apache-2.0
import type { Alarm, Event } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import type { Camera } from '../../part/cameras.ts'
import { standingsOf } from './standing.ts'

const camera = (key: string) => ({ key }) as Camera
const event = (device: string, channel: number | null, time: string, state = 'active') =>
  ({ device, channel, time, state, kind: time }) as unknown as Event
const alarm = (of: Event, severity: string, state = 'new') => ({ event: of, severity, state }) as Alarm

describe('how cameras of a plan stand', () => {
  it('tells what goes on, the newest of it, and nothing that is over', () => {
    const events = [event('a', 1, '10'), event('a', 1, '12'), event('a', 2, '11', 'inactive')]
    const standings = standingsOf([camera('a/1'), camera('a/2')], events, [])
    expect(standings.get('a/1')?.active?.time).toBe('12')
    expect(standings.get('a/2')?.active).toBeUndefined()
  })

  it('tells the gravest alarm that nobody has acknowledged', () => {
    const one = event('a', 1, '10')
    const alarms = [alarm(one, 'low'), alarm(one, 'high'), alarm(one, 'critical', 'acknowledged'), alarm(one, 'low')]
    expect(standingsOf([camera('a/1')], [], alarms).get('a/1')?.severity).toBe('high')
  })

  it('puts what a device reports of itself at its first camera', () => {
    const standings = standingsOf([camera('a/1'), camera('a/2')], [event('a', null, '10')], [])
    expect(standings.get('a/1')?.active?.time).toBe('10')
    expect(standings.get('a/2')?.active).toBeUndefined()
  })
})
