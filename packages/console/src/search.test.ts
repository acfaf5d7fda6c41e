// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { readSearch } from './search.ts'

describe('where to go after signing in', () => {
  it.each(['/devices', '/events?kind=motion'])('goes to %s', (to) => expect(readSearch.signIn({ to })).toEqual({ to }))
  it.each(['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', 7, ''])(
    'never goes to %s',
    (to) => expect(readSearch.signIn({ to })).toEqual({}),
  )
})

describe('the view of the list of devices', () => {
  it.each([
    [{ q: 'gate', state: 'online', sort: '-since', columns: 'name,site' }],
    [{ site: ['Harbour', 'Depot'], tag: 'night' }],
  ])('%j comes back as it was', (search) => expect(readSearch.devices(search)).toEqual(search))
  it.each([
    [
      { q: 7, state: {}, site: [], model: ['', 3] },
      { q: '7', model: '3' },
    ],
    [{ state: ['online', null], tag: '' }, { state: 'online' }],
  ])('%j is taken for what it can mean', (search, meant) => expect(readSearch.devices(search)).toEqual(meant))
})
