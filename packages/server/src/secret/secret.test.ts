// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { defaultKeyFile, loadKeys } from './key-file.ts'
import { Sealer } from './sealer.ts'
import { Secret } from './secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'hmp-key-'))
const dataDir = mkdtempSync(join(tmpdir(), 'hmp-data-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(dataDir, { recursive: true })
})
const place = { table: 'device', row: '1', field: 'secret' }

describe('secret', () => {
  it('prints as stars however it is printed', () => {
    const secret = new Secret('hunter2')
    expect([`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret)].join()).not.toContain(
      'hunter2',
    )
    expect(secret.reveal()).toBe('hunter2')
  })

  it('opens only where and with what it was sealed', () => {
    const sealer = new Sealer(new Uint8Array(32).fill(1))
    fc.assert(
      fc.property(fc.string(), (text) => {
        const sealed = sealer.seal(new Secret(text), place)
        expect(sealer.open(sealed, place).reveal()).toBe(text)
        for (const other of [
          { ...place, row: '2' },
          { ...place, field: 'x' },
          { ...place, table: 'y' },
        ])
          expect(() => sealer.open(sealed, other)).toThrow(expect.objectContaining({ code: 'secret.sealed' }))
        expect(() => new Sealer(new Uint8Array(32)).open(sealed, place)).toThrow(/key file/)
      }),
    )
    for (const broken of ['', '1.', '1.AAAA', '2.x', '2.00000000.AAAA', '3.00000000.AAAA'])
      expect(() => sealer.open(broken, place)).toThrow(/does not open/)
  })

  it('keeps its key outside the data folder, for its owner alone', () => {
    const file = join(folder, 'deep', 'a.key')
    const [key] = loadKeys({ file, dataDir, mayMake: true }).keys
    expect(key).toHaveLength(32)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(loadKeys({ file, dataDir, mayMake: false }).keys).toEqual([key])
    expect(() => loadKeys({ file: join(dataDir, 'x.key'), dataDir, mayMake: true })).toThrow(/data folder/)
    expect(() => loadKeys({ file: join(folder, 'b.key'), dataDir, mayMake: false })).toThrow(/put it back/)
    writeFileSync(join(folder, 'c.key'), 'short')
    expect(() => loadKeys({ file: join(folder, 'c.key'), dataDir, mayMake: true })).toThrow(/32 bytes/)
    expect(defaultKeyFile('i', { XDG_CONFIG_HOME: '/c' })).toBe('/c/openhmp/i.key')
  })
})
