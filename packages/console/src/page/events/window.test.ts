// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import type { EventSearch } from '../../search.ts'
import { columnsOf, rangeOf, windowOf } from './window.ts'

const now = Date.parse('2026-02-03T12:34:56.789Z')

it.each<[EventSearch, string, object, object]>([
  [{}, 'all', {}, { from: '2026-02-02T12:35:00.000Z', to: '2026-02-03T12:35:00.000Z' }],
  [{ range: 'nonsense' }, 'all', {}, { from: '2026-02-02T12:35:00.000Z', to: '2026-02-03T12:35:00.000Z' }],
  [
    { range: 'hour' },
    'hour',
    { from: '2026-02-03T11:34:00.000Z' },
    { from: '2026-02-03T11:34:00.000Z', to: '2026-02-03T12:35:00.000Z' },
  ],
  [
    { range: 'hour', to: '2026-01-02T00:00:00.000Z' },
    'chosen',
    { to: '2026-01-02T00:00:00.000Z' },
    { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' },
  ],
])('%j', (search, range, list, columns) => {
  expect([rangeOf(search), windowOf(search, now), columnsOf(search, now)]).toEqual([range, list, columns])
})
