// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { type LabelChange, labelled } from './label.ts'

const device = { name: 'Gate', site: 'Harbour', group: null, tags: ['gate', 'night'] }
const nothing: LabelChange = { addTags: [], removeTags: [] }

describe('labels of many devices', () => {
  it.each<[string, Partial<LabelChange>, object]>([
    ['leaves what is left out', {}, { site: 'Harbour', group: null, tags: ['gate', 'night'] }],
    ['sets and takes away', { site: null, group: 'A' }, { site: null, group: 'A', tags: ['gate', 'night'] }],
    [
      'adds a tag once',
      { addTags: ['night', 'new'] },
      { site: 'Harbour', group: null, tags: ['gate', 'night', 'new'] },
    ],
    ['takes tags away before it adds', { addTags: ['gate'], removeTags: ['gate', 'odd'] }, { tags: ['night', 'gate'] }],
  ])('%s', (_, change, expected) => expect(labelled(device, { ...nothing, ...change })).toMatchObject(expected))

  it('refuses more tags than a device takes, and names it', () => {
    const addTags = Array.from({ length: 29 }, (_, i) => `t${i}`)
    expect(() => labelled(device, { ...nothing, addTags })).toThrow(/Gate would have 31 tags/)
  })
})
