// SPDX-License-Identifier: Apache-2.0
import type { AuditRow } from '@openhmp/contract'
import { expect, it } from 'vitest'
import { viewingOf, viewingsOf } from './viewing.ts'

const row = (action: string, minute: number, viewing: string, detail: object = {}): AuditRow => ({
  ...{ sequence: minute, who: 'Ada', from: '192.0.2.1', object: 'gate', outcome: 'done', action },
  time: new Date(Date.UTC(2026, 10, 1, 12, minute)).toISOString(),
  detail: { viewing, channel: 1, kinds: ['live'], ...detail },
})

it('makes one of what was told when it began, went on and ended', () => {
  const rows = [
    row('viewing.end', 5, 'a', { seconds: 240, kinds: ['sound', 'live'] }),
    row('viewing.on', 4, 'b', { seconds: 60, screen: 'hall' }),
    row('viewing.begin', 3, 'b'),
    row('device.change', 2, 'c'),
    row('viewing.begin', 1, 'a'),
  ]
  expect(viewingsOf(rows)).toMatchObject([
    { id: 'a', who: 'Ada', sights: ['live', 'sound'], beganAt: '2026-11-01T12:01:00.000Z', seconds: 240 },
    { id: 'b', screen: 'hall', beganAt: '2026-11-01T12:03:00.000Z', seconds: undefined },
  ])
})

it('knows when it began from its end alone, and is not led astray by strange details', () => {
  expect(viewingOf(row('viewing.end', 5, 'a', { seconds: 240 }))?.beganAt).toBe('2026-11-01T12:01:00.000Z')
  const strange = row('viewing.end', 5, 'a', { seconds: 'x', kinds: 7, channel: null })
  expect(viewingOf(strange)).toMatchObject({ channel: undefined, sights: [], seconds: 0 })
  expect(viewingOf(row('device.add', 1, 'a'))).toBeUndefined()
})
