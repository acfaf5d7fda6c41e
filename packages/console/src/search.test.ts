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
