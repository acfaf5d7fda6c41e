// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8 } from '@openhmp/protocol/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRecords, encodeRecord, MAX_RECORD_BYTES } from './segment.ts'
import { MAX_UNWRITTEN, Spool } from './spool.ts'

const place = () => {
  const folder = mkdtempSync(join(tmpdir(), 'hmp-spool-'))
  const lost: string[] = []
  return {
    folder,
    lost,
    open: (more = {}) => Spool.open({ folder, onLost: (count, why) => lost.push(`${count} ${why}`), ...more }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
const event = (text: string) => ({ device: 'cam', contentType: 'application/xml', body: utf8(text) })
const textsOf = async (spool: Spool) => (await spool.waiting()).map(({ body }) => Buffer.from(body).toString())

describe('records', () => {
  it('are read as they were written, and a torn tail is cut off', () => {
    const record = fc.record({
      id: fc.nat(),
      device: fc.string(),
      contentType: fc.string(),
      body: fc.uint8Array({ maxLength: 300 }),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.nat(), (records, cut) => {
        const files = records.map((one) => Buffer.from(encodeRecord(one)))
        const whole = new Uint8Array(Buffer.concat(files))
        expect(decodeRecords(whole)).toEqual({ records, soundBytes: whole.length })
        const torn = whole.subarray(0, whole.length === 0 ? 0 : cut % whole.length)
        const { records: left, soundBytes } = decodeRecords(torn)
        expect(left).toEqual(records.slice(0, left.length))
        expect(soundBytes).toBe(files.slice(0, left.length).reduce((sum, { length }) => sum + length, 0))
      }),
    )
  })

  it('of any bytes are some, or none', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeRecords(bytes).soundBytes <= bytes.length))
  })

  it('have a limit', () => {
    const big = { id: 1, ...event(''), body: new Uint8Array(MAX_RECORD_BYTES) }
    expect(() => encodeRecord(big)).toThrow(/an event of/)
  })
})

describe('the spool', () => {
  it('keeps events in order over an end without warning, under the same name and growing ids', async () => {
    using here = place()
    const first = await here.open()
    await Promise.all(['a', 'b', 'c'].map((text) => first.add(event(text))))
    await first.done((await first.waiting())[0]!)
    // No dispose: the power went.
    await using second = await here.open()
    expect(second.uuid).toBe(first.uuid)
    expect(await textsOf(second)).toEqual(['a', 'b', 'c']) // what was done is sent again, and known by its key
    await second.add(event('d'))
    for (const record of await second.waiting()) await second.done(record)
    const [record] = await second.waiting()
    expect(record).toMatchObject({ id: 4 })
    await second.done(record!)
    expect(second.counts).toMatchObject({ waiting: 0, lost: 0 })
  })

  it('cuts off what a loss of power tore, and goes on behind it', async () => {
    using here = place()
    const first = await here.open()
    await first.add(event('a'))
    const [name] = readdirSync(here.folder).filter((one) => one.endsWith('.events'))
    const torn = encodeRecord({ id: 2, ...event('b') }).subarray(0, 20)
    appendFileSync(join(here.folder, name!), torn)
    await using second = await here.open()
    await second.add(event('c'))
    await using third = await here.open()
    expect(await textsOf(third)).toEqual(['a'])
    await third.done((await third.waiting())[0]!)
    expect(await textsOf(third)).toEqual(['c'])
  })

  it('leaves nothing behind after an end in order', async () => {
    using here = place()
    {
      await using spool = await here.open()
      await spool.add(event('a'))
      await spool.done((await spool.waiting())[0]!)
    }
    await using again = await here.open()
    expect([await again.waiting(), again.counts.waiting]).toEqual([[], 0])
    await again.add(event('b'))
    expect((await again.waiting())[0]).toMatchObject({ id: 2 })
  })

  it('gives up the oldest when there is no room, counts it, and still knows after a restart', async () => {
    using here = place()
    const limits = { maxBytes: 4000, segmentBytes: 1000 }
    {
      await using spool = await here.open(limits)
      for (let i = 0; i < 50; i++) await spool.add(event(`${i}`.padStart(200, 'x')))
      expect(spool.counts.bytes).toBeLessThanOrEqual(4000)
      expect(spool.counts.waiting + spool.counts.lost).toBe(50)
      expect(here.lost.length).toBeGreaterThan(0)
    }
    await using spool = await here.open(limits)
    const { waiting, lost } = spool.counts
    expect(waiting + lost).toBe(50)
    const texts: string[] = []
    for (let records = await spool.waiting(); records.length > 0; records = await spool.waiting())
      for (const record of records) {
        texts.push(Buffer.from(record.body).toString().replace(/^x+/, ''))
        await spool.done(record, texts.length === 1)
      }
    expect(texts).toEqual(Array.from({ length: waiting }, (_, i) => String(50 - waiting + i)))
    expect(spool.counts).toMatchObject({ waiting: 0, lost, refused: 1 })
    expect(JSON.parse(readFileSync(join(here.folder, 'spool.json'), 'utf8'))).toMatchObject({ lost, refused: 1 })
  })

  it('says no to more than it can write', async () => {
    using here = place()
    await using spool = await here.open()
    const adding = Array.from({ length: MAX_UNWRITTEN + 10 }, () => spool.add(event('a')))
    const kept = await Promise.all(adding)
    expect(kept.filter((isKept) => !isKept).length).toBe(spool.counts.lost)
    expect(spool.counts.lost).toBeGreaterThan(0)
  })
})
