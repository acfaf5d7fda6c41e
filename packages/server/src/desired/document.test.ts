// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MAX_RULES, mustReadDesired, readDesired } from './document.ts'
import { writeDesired } from './export.ts'
import type { Section } from './section.ts'
import { fits, wantedOf } from './wanted.ts'

const section = (key: string, shape: z.ZodRawShape): Section => ({
  key,
  scope: 'device',
  schema: z.object(shape),
  at: () => undefined,
})
const catalogue = [
  section('time', { mode: z.enum(['NTP', 'manual']), timeZone: z.string() }),
  section('stream.main', { codec: z.enum(['h264', 'h265']), frameRate: z.number() }),
  section('stream.sub', { codec: z.enum(['h264', 'h265']) }),
]

const text = `
rules:
  - name: All
    settings:
      time: { mode: NTP, timeZone: CST-8:00:00 }
      stream: { main: { codec: h265, frameRate: 15 } }
  - match: { model: ds-2cd*, tags: [outdoor], site: Harbour }
    settings:
      stream: { main: { frameRate: 25 } }
`
const device = {
  id: '0b6b1e0e-8f0c-4d0c-9a53-1a0a4b1f0c11',
  name: 'Gate',
  model: 'DS-2CD2146G2-ISU',
  site: 'Harbour',
  tags: ['outdoor', 'gate'],
}

describe('the file of the desired state', () => {
  it('gives rules, and of two that say something of one field the later counts', () => {
    const { rules, faults } = readDesired(text, catalogue)
    expect(faults).toEqual([])
    expect(rules.map(({ name }) => name)).toEqual(['All', 'rule 2'])
    expect(Object.fromEntries(wantedOf(rules, device))).toEqual({
      time: { mode: 'NTP', timeZone: 'CST-8:00:00' },
      'stream.main': { codec: 'h265', frameRate: 25 },
    })
    expect(wantedOf(rules, { ...device, site: 'Airport' }).get('stream.main')).toEqual({ codec: 'h265', frameRate: 15 })
  })

  it.each([
    ['an unknown setting', 'rules:\n  - settings:\n      tine: { mode: NTP }\n', 3, 'rules.0.settings.tine'],
    [
      'an unknown field',
      'rules:\n  - settings:\n      time:\n        mode: NTP\n        zone: x\n',
      5,
      'rules.0.settings.time.zone',
    ],
    [
      'a wrong value',
      'rules:\n  - settings:\n      stream:\n        main: { codec: vp8 }\n',
      4,
      'rules.0.settings.stream.main.codec',
    ],
    ['broken YAML', 'rules:\n  - settings: {\n', 3, ''],
    ['the same key twice', 'rules: []\nrules: []\n', 2, ''],
    ['no rules at all', 'settings: {}\n', 1, 'rules'],
  ])('names the place of %s', (_, wrong, line, path) => {
    const { rules, faults } = readDesired(wrong, catalogue)
    expect(rules).toEqual([])
    expect(faults[0]).toMatchObject({ line, path })
    expect(() => mustReadDesired(wrong, catalogue)).toThrow(expect.objectContaining({ code: 'desired.file' }))
  })

  it('is bounded in rules, and in what aliases grow to', () => {
    const many = `rules:\n${'  - settings: {}\n'.repeat(MAX_RULES + 1)}`
    expect(readDesired(many, catalogue).faults).toHaveLength(1)
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`
    expect(readDesired(bomb, catalogue).faults.length).toBeGreaterThan(0)
  })

  it('is empty when nothing is written', () => {
    expect(readDesired('', catalogue)).toEqual({ rules: [], faults: [] })
  })

  it('comes out of an export as it went in', () => {
    const settings = new Map([
      ['time', { mode: 'NTP', timeZone: 'CST-8:00:00' }],
      ['stream.main', { codec: 'h265', frameRate: 15 }],
      ['stream.sub', { codec: 'h264' }],
    ])
    const { rules, faults } = readDesired(writeDesired([{ ...device, settings }], 'as of today'), catalogue)
    expect(faults).toEqual([])
    expect(wantedOf(rules, device)).toEqual(settings)
    expect(wantedOf(rules, { ...device, id: '1b6b1e0e-8f0c-4d0c-9a53-1a0a4b1f0c11' }).size).toBe(0)
  })
})

describe('a match', () => {
  it.each([
    ['DS-2CD2146G2-ISU', true],
    ['ds-*', true],
    ['*isu', true],
    ['ds*2146*isu', true],
    ['*', true],
    ['ds-2cd2146g2-isu*isu', false],
    ['ds*9999*', false],
    ['2CD', false],
  ])('of model %s is %s', (model, isFit) => {
    expect(fits({ model }, device)).toBe(isFit)
  })

  it('wants all of its tags', () => {
    expect(fits({ tags: ['outdoor', 'gate'] }, device)).toBe(true)
    expect(fits({ tags: ['outdoor', 'yard'] }, device)).toBe(false)
  })
})
