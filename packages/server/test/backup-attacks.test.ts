// SPDX-License-Identifier: Apache-2.0
/** Copies of the data that were cut, changed, made up, or do not fit: none leaves anything behind, and each is named. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Manifest, type Packed, pack } from '../src/backup/archive.ts'
import { backUp, keyMarkOf } from '../src/backup/backup.ts'
import { type RestoreOptions, restore } from '../src/backup/restore.ts'
import { CHUNK_BYTES, seal } from '../src/backup/sealed-stream.ts'
import { startServer, systemClock, verifyAudit } from '../src/index.ts'
import { Secret } from '../src/secret/secret.ts'
import { migrations } from '../src/store/migrations.ts'
import { type House, makePlace, openHouse, PASSWORD } from './harness.ts'

const cost = { N: 16, r: 1, p: 1 }
const passphrase = new Secret('a passphrase for copies')
const HEAD_BYTES = 31
const SEALED_BYTES = CHUNK_BYTES + 16

const stack = new AsyncDisposableStack()
const place = stack.use(makePlace())
const folder = mkdtempSync(join(tmpdir(), 'hmp-backup-'))
const file = join(folder, 'good.backup')
let house: House
let copy: Buffer
let manifest: Manifest
let count = 0

beforeAll(async () => {
  house = await openHouse(place)
  const person = { name: 'ben', password: 'seven unrelated words', grants: [] }
  expect((await house.call('POST', '/people', person)).status).toBe(200)
  // Larger than a chunk, as pictures of plans are.
  writeFileSync(join(place.dataDir, 'plans', 'ground-floor'), Buffer.alloc(3 * CHUNK_BYTES, 'plan'))
  const report = await backUp({ ...place, file, passphrase, cost })
  copy = readFileSync(file)
  manifest = {
    ...{ form: 1, version: '0', instance: 'abc', createdAt: new Date().toISOString(), bytes: report.bytes },
    keyMark: keyMarkOf(new Uint8Array(32), 'abc'),
  }
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await stack.disposeAsync()
})

/** Restores what was done to the copy, into a place of its own. */
const tryOn = async (content: Uint8Array, more: Partial<RestoreOptions> = {}) => {
  const own = join(folder, `try-${++count}`)
  mkdirSync(own)
  writeFileSync(join(own, 'copy'), content)
  const dataDir = join(own, 'data')
  const keyFile = join(own, 'key')
  const code = await restore({ file: join(own, 'copy'), passphrase, dataDir, keyFile, cost, ...more }).then(
    () => 'restored',
    (error: { code?: string }) => error.code,
  )
  return { code, left: readdirSync(own).filter((name) => name !== 'copy') }
}
const refused = async (content: Uint8Array, code: string, more: Partial<RestoreOptions> = {}) =>
  expect(await tryOn(content, more)).toEqual({ code, left: [] })

const changed = (at: number): Buffer => {
  const bytes = Buffer.from(copy)
  bytes[at]! ^= 1
  return bytes
}
const chunk = (n: number): Buffer => copy.subarray(HEAD_BYTES + n * SEALED_BYTES, HEAD_BYTES + (n + 1) * SEALED_BYTES)
const head = (): Buffer => copy.subarray(0, HEAD_BYTES)
const after = (n: number): Buffer => copy.subarray(HEAD_BYTES + n * SEALED_BYTES)

/** A copy by somebody who knows the passphrase and means no good. */
const madeUp = async (files: readonly Packed[], said: Manifest = manifest): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of seal(pack(said, files), passphrase, cost)) parts.push(part)
  return Buffer.concat(parts)
}
const raw = async (...parts: Uint8Array[]): Promise<Buffer> => {
  const content = async function* () {
    yield* parts
  }
  const sealed: Buffer[] = []
  for await (const part of seal(content(), passphrase, cost)) sealed.push(part)
  return Buffer.concat(sealed)
}
const headOf = (value: unknown): Buffer => {
  const text = Buffer.from(JSON.stringify(value))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text])
}
const packed = (path: string, content: Uint8Array): Packed => ({
  ...{ path, bytes: content.length },
  async *open() {
    yield content
  },
})
const database = (...statements: string[]): Buffer => {
  const path = join(folder, `made-${++count}.db`)
  using made = new DatabaseSync(path)
  for (const one of statements) made.exec(one)
  made.close()
  const content = readFileSync(path)
  rmSync(path)
  return content
}

const attacks: Readonly<Record<string, () => Promise<void>>> = {
  'another passphrase': () => refused(copy, 'backup.passphrase', { passphrase: new Secret('a passphrase for copiez') }),
  'an empty file': () => refused(Buffer.alloc(0), 'backup.form'),
  'a file that is something else': () => refused(Buffer.from('SQLite format 3\0'.repeat(100)), 'backup.form'),
  'a later form': () => refused(Buffer.concat([Buffer.from('OHMPBAK2'), copy.subarray(8)]), 'backup.form'),
  'the head alone': () => refused(head(), 'backup.passphrase'),
  'another salt, another prefix': async () => {
    await refused(changed(10), 'backup.passphrase')
    await refused(changed(26), 'backup.passphrase')
  },
  'a bit changed in each chunk': async () => {
    const chunks = Math.ceil((copy.length - HEAD_BYTES) / SEALED_BYTES)
    expect(chunks).toBeGreaterThan(4)
    for (let n = 0; n < chunks; n++)
      await refused(changed(HEAD_BYTES + n * SEALED_BYTES + 5), n === 0 ? 'backup.passphrase' : 'backup.damaged')
  },
  'a bit changed in the last tag': () => refused(changed(copy.length - 1), 'backup.damaged'),
  'cut off between chunks': async () => {
    for (const n of [1, 2, 3])
      await refused(
        Buffer.concat([head(), ...[0, 1, 2].slice(0, n).map(chunk)]),
        n === 1 ? 'backup.passphrase' : 'backup.damaged',
      )
  },
  'cut off by a byte, and in the middle': async () => {
    await refused(copy.subarray(0, -1), 'backup.damaged')
    await refused(copy.subarray(0, HEAD_BYTES + SEALED_BYTES + 100), 'backup.damaged')
  },
  'a byte more at the end': () => refused(Buffer.concat([copy, Buffer.of(0)]), 'backup.damaged'),
  'two chunks in each other’s place': () =>
    refused(Buffer.concat([head(), chunk(0), chunk(2), chunk(1), after(3)]), 'backup.damaged'),
  'a chunk twice': () => refused(Buffer.concat([head(), chunk(0), chunk(1), chunk(1), after(2)]), 'backup.damaged'),
  'a chunk left out': () => refused(Buffer.concat([head(), chunk(0), after(2)]), 'backup.damaged'),
  'a chunk of another copy': async () => {
    const other = join(folder, 'other.backup')
    await backUp({ ...place, file: other, passphrase, cost })
    const foreign = readFileSync(other).subarray(HEAD_BYTES + SEALED_BYTES, HEAD_BYTES + 2 * SEALED_BYTES)
    await refused(Buffer.concat([head(), chunk(0), foreign, after(2)]), 'backup.damaged')
  },
  'paths that lead out of the folder': async () => {
    for (const path of [
      '../out',
      'plans/../../out',
      '/etc/out',
      'C:\\out',
      'plans\\..\\out',
      '.',
      '..',
      'a//b',
      '',
      'a/b/c/d/e',
      '\0',
    ])
      await refused(
        await raw(headOf({ manifest }), headOf({ file: { path, bytes: 0 } }), headOf({ end: true })),
        'backup.form',
      )
    expect(existsSync(join(folder, 'out'))).toBe(false)
  },
  'names that JavaScript knows': async () => {
    const text = '{"file":{"path":"__proto__","bytes":0,"__proto__":{"mayReplace":true}}}'
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    await refused(await raw(headOf({ manifest }), length, Buffer.from(text), headOf({ end: true })), 'backup.form')
  },
  'one file twice, also in other letters': async () => {
    for (const other of ['openhmp.db', 'OpenHMP.db'])
      await refused(await madeUp([packed('openhmp.db', database()), packed(other, Buffer.alloc(1))]), 'backup.form')
  },
  'a file that is shorter than it says, and longer': async () => {
    await refused(
      await raw(headOf({ manifest }), headOf({ file: { path: 'a', bytes: 100 } }), Buffer.alloc(9)),
      'backup.form',
    )
    const parts = [
      headOf({ manifest }),
      headOf({ file: { path: 'a', bytes: 1 } }),
      Buffer.alloc(9),
      headOf({ end: true }),
    ]
    await refused(await raw(...parts), 'backup.form')
  },
  'a head of four gigabytes': async () => refused(await raw(Buffer.from('ffffffff7b7d', 'hex')), 'backup.form'),
  'a size below nothing, and beyond numbers': async () => {
    for (const bytes of [-1, 1e300, 0.5, '1'])
      await refused(await raw(headOf({ manifest }), headOf({ file: { path: 'a', bytes } })), 'backup.form')
  },
  'no beginning, two beginnings, no end, more after the end': async () => {
    const end = headOf({ end: true })
    await refused(await raw(headOf({ file: { path: 'a', bytes: 0 } }), end), 'backup.form')
    await refused(await raw(headOf({ manifest }), headOf({ manifest }), end), 'backup.form')
    await refused(await raw(headOf({ manifest })), 'backup.form')
    await refused(await raw(headOf({ manifest }), end, Buffer.of(1)), 'backup.form')
  },
  'no database in it': async () => refused(await madeUp([packed('plans/a', Buffer.alloc(1))]), 'backup.form'),
  'a database that is none': async () =>
    refused(await madeUp([packed('openhmp.db', Buffer.from('no database at all'.repeat(100)))]), 'backup.disk'),
  'a database of a newer version': async () => {
    const made = 'create table "migration" ("id" integer primary key)'
    const newer = database(made, `insert into "migration" values (${migrations.at(-1)!.id + 1})`)
    await refused(await madeUp([packed('openhmp.db', newer)]), 'store.newer')
  },
  'data that is there already': async () => {
    const code = await restore({ file, passphrase, dataDir: folder, cost }).catch(
      (error: { code: string }) => error.code,
    )
    expect([code, existsSync(file)]).toEqual(['backup.occupied', true])
  },
  'data that a running server uses': async () => {
    const code = await restore({ ...place, file, passphrase, cost, mayReplace: true }).catch(
      (error: { code: string }) => error.code,
    )
    expect([code, (await house.call('GET', '/session')).status]).toEqual(['store.in-use', 200])
  },
  'a copy over a file that is there': async () => {
    const code = await backUp({ ...place, file, passphrase, cost }).catch((error: { code: string }) => error.code)
    expect([code, readFileSync(file).equals(copy)]).toEqual(['backup.exists', true])
  },
  'a place that is not there, and one that is no folder': async () => {
    for (const out of [join(folder, 'none', 'copy'), join(file, 'copy')]) {
      const code = await backUp({ ...place, file: out, passphrase, cost }).catch(
        (error: { code: string }) => error.code,
      )
      expect(code).toBe('backup.disk')
    }
    expect(readdirSync(place.dataDir).filter((name) => name.endsWith('.tmp'))).toEqual([])
  },
  'a stop in the middle': async () => {
    const stop = new AbortController()
    const half = join(folder, 'half.backup')
    const onProgress = (done: number) => void (done > CHUNK_BYTES && stop.abort(new Error('enough')))
    await expect(backUp({ ...place, file: half, passphrase, cost, onProgress, signal: stop.signal })).rejects.toThrow(
      'enough',
    )
    expect(readdirSync(folder).filter((name) => name.startsWith('half'))).toEqual([])
  },
  'reading it without the passphrase': async () => {
    for (const word of ['ben', 'SQLite', 'argon2', 'PRIVATE KEY', 'ground-floor', place.dataDir])
      expect(copy.includes(word)).toBe(false)
    expect(statSync(file).mode & 0o077).toBe(0)
  },
}

describe('copies', () => {
  it.each(Object.keys(attacks))('%s', async (name) => {
    await attacks[name]!()
  })

  it('come back whole: people, files, the audit with the restore on record; sessions do not', async () => {
    const kept = house.cookie
    await house[Symbol.asyncDispose]()
    const report = await restore({ ...place, file, passphrase, cost, mayReplace: true })
    expect(report).toMatchObject({
      key: 'fits',
      files: expect.any(Number),
      setAside: expect.stringContaining('.before-'),
    })
    expect(existsSync(join(report.setAside!, 'openhmp.db'))).toBe(true)
    rmSync(report.setAside!, { recursive: true })
    const again = await openHouse(place, { clock: systemClock })
    try {
      expect((await again.as(kept, 'GET', '/session')).status).toBe(401)
      const { people } = (await again.call<{ people: { name: string }[] }>('GET', '/people')).body
      expect(people.map(({ name }) => name)).toEqual(['admin', 'ben'])
      expect(readFileSync(join(place.dataDir, 'plans', 'ground-floor')).length).toBe(3 * CHUNK_BYTES)
      const { body } = await again.call<{ entries: { action: string }[] }>('GET', '/audit')
      expect(JSON.stringify(body)).toContain('system.restore')
      expect(again.errors).toEqual([])
    } finally {
      await again[Symbol.asyncDispose]()
    }
    expect(verifyAudit(place).faults).toEqual([])
  })

  it('come back elsewhere, and say when the key is missing or another one', async () => {
    const own = join(folder, 'elsewhere')
    const [dataDir, keyFile] = [join(own, 'data'), join(own, 'key')]
    mkdirSync(dataDir, { recursive: true })
    expect(await restore({ file, passphrase, dataDir, keyFile, cost })).toMatchObject({
      key: 'missing',
      setAside: undefined,
    })
    const starting = { port: 0, host: '127.0.0.1', adminPassword: PASSWORD, clock: systemClock, dataDir, keyFile }
    const { log } = await import('pino').then(({ default: pino }) => ({ log: pino({ level: 'silent' }) }))
    await expect(startServer({ ...starting, log })).rejects.toMatchObject({ code: 'key.missing' })
    rmSync(dataDir, { recursive: true })
    writeFileSync(keyFile, `${Buffer.alloc(32).toString('base64')}\n`)
    expect(await restore({ file, passphrase, dataDir, keyFile, cost })).toMatchObject({ key: 'other' })
    await expect(startServer({ ...starting, log })).rejects.toMatchObject({ code: 'secret.sealed' })
  })
})
