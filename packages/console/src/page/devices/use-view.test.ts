// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { searchOf, viewOf } from './use-view.ts'

describe('the view of the list in the address', () => {
  it('is empty as long as nothing was chosen', () => expect(searchOf(viewOf({}))).toEqual({}))
  it.each([
    { q: 'gate' },
    { state: ['online', 'refused'], site: 'Harbour' },
    { sort: '-since' },
    { sort: 'site', columns: 'name,mac' },
    { sort: '-name' },
  ])('%j comes back as it was', (search) => expect(searchOf(viewOf(search))).toEqual(search))
  it('takes an unknown order for the usual one', () => expect(viewOf({ sort: 'colour' }).by).toBe('name'))
})
