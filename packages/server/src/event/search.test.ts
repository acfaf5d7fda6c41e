// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { csvOf, jsonLinesOf } from './export.ts'
import { insertEvent, pruneEvents, renameInEvents, textOf } from './keep.ts'
import type { NewEvent } from './rows.ts'
import { type EventFilter, listEvents, MAX_COLUMNS, summarizeEvents } from './search.ts'
import { uuidv7 } from './uuid.ts'

const HOUR_MS = 3_600_000
const startMs = Date.UTC(2026, 0, 1)
let dataDir: string
let store: Store
const all: NewEvent[] = []

const make = (i: number, more: Partial<NewEvent> = {}): NewEvent => {
  const time = startMs + i * 600_000
  return {
    ...{ id: uuidv7(time), key: `${i}`, deviceId: `d${i % 5}`, deviceName: `Gate ${i % 5}`, channel: 1 },
    ...{ channelName: i % 2 ? 'Tor 100%' : 'Yard', kind: i % 7 ? 'motion' : 'tamper', type: 'VMD' },
    ...{ state: i % 50 ? 'inactive' : 'unknown', input: null, description: `Motion_alarm`, time, deviceTime: null },
    ...{
      isLate: 0,
      detailJson: null,
      receivedAt: time,
      lastSeenAt: time,
      endedAt: time + 1000,
      count: 1,
      hasPicture: 0,
    },
    ...more,
  } as NewEvent
}
const add = async (row: NewEvent): Promise<number> => {
  const results = await store.write(insertEvent(store.db, row, textOf(row)))
  return results.at(-1)!.changes
}
/** The same by looking at each. */
const expected = (fits: (row: NewEvent) => boolean): string[] =>
  all
    .filter(fits)
    .toSorted((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id)
const found = async (filter: EventFilter, limit = 37): Promise<string[]> => {
  const ids: string[] = []
  let before: string | undefined
  do {
    const page = await listEvents(store, { ...filter, before, limit })
    ids.push(...page.events.map(({ id }) => id))
    before = page.next ?? undefined
  } while (before !== undefined)
  return ids
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-search-'))
  store = await Store.open({ dataDir, now: () => startMs, onCrash: () => {} })
  for (let i = 0; i < 400; i++) all.push(make(i))
  const detailJson = JSON.stringify({ region: null, licensePlate: 'B-HM 77', targets: [] })
  all.push(make(400, { kind: 'plate', detailJson, description: null, channelName: '=1+2' }))
  for (const row of all) expect(await add(row)).toBe(1)
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

const filters: [string, EventFilter, (row: NewEvent) => boolean][] = [
  ['nothing asked', {}, () => true],
  ['devices', { devices: ['d1', 'd3'] }, ({ deviceId }) => ['d1', 'd3'].includes(deviceId)],
  ['a device that is none', { devices: ['x'] }, () => false],
  ['no device at all', { devices: [] }, () => false],
  ['a kind', { kinds: ['tamper'] }, ({ kind }) => kind === 'tamper'],
  ['a device and a kind', { devices: ['d2'], kinds: ['tamper'] }, (row) => row.kind === 'tamper' && row.deviceId === 'd2'],
  ['what goes on', { states: ['active', 'unknown'] }, ({ state }) => state === 'unknown'],
  ['what is over', { states: ['inactive'] }, ({ state }) => state === 'inactive'],
  ['a channel', { channel: 2 }, () => false],
  ['a text in any case', { text: 'yArD' }, ({ channelName }) => channelName === 'Yard'],
  ['a text with signs of the pattern', { text: '100%' }, ({ channelName }) => channelName === 'Tor 100%'],
  ['a plate', { text: 'HM 7' }, ({ kind }) => kind === 'plate'],
  ['a time', { fromMs: startMs + 90_000_000, toMs: startMs + 99_000_000 }, ({ time }) => time >= startMs + 90_000_000 && time < startMs + 99_000_000],
] // biome-ignore format: a table

describe('events are found', () => {
  it.each(filters)('by %s', async (_, filter, fits) => {
    expect(await found(filter)).toEqual(expected(fits))
    const times = { ...filter, fromMs: filter.fromMs ?? startMs, toMs: filter.toMs ?? startMs + 100 * HOUR_MS }
    const summary = await summarizeEvents(store, times)
    const many = expected(fits).length
    expect(summary).toMatchObject({ total: many, isMore: false })
    expect(summary.columns.reduce((sum, { count }) => sum + count, 0)).toBe(many)
    expect(summary.kinds.reduce((sum, { count }) => sum + count, 0)).toBe(many)
    expect(summary.columns.length).toBeLessThanOrEqual(MAX_COLUMNS)
  })

  it('in columns by the minute of a short time, and by whole hours of a long one', async () => {
    const short = await summarizeEvents(store, { fromMs: startMs, toMs: startMs + HOUR_MS })
    expect([short.columnMs, short.columns.length, short.columns[1]!.fromMs]).toEqual([60_000, 6, startMs + 600_000])
    const long = await summarizeEvents(store, { fromMs: startMs, toMs: startMs + 70 * HOUR_MS })
    expect([long.columnMs, long.columns[0]!.count]).toEqual([HOUR_MS, 6])
    expect((await summarizeEvents(store, { fromMs: startMs, toMs: startMs + 9e11 })).columns.length).toBeLessThan(
      MAX_COLUMNS,
    )
  })

  it('and a key that was there is neither stored nor counted', async () => {
    expect(await add({ ...make(3), id: uuidv7(startMs) })).toBe(0)
    expect((await summarizeEvents(store, { fromMs: startMs, toMs: startMs + 100 * HOUR_MS })).total).toBe(all.length)
  })
})

describe('events as a file', () => {
  const whole = async (lines: AsyncIterable<string>): Promise<string> => {
    let text = ''
    for await (const part of lines) text += part
    return text
  }

  it('are a table that no spreadsheet runs', async () => {
    const lines = (await whole(csvOf(store, { kinds: ['plate'] }))).split('\r\n')
    expect(lines[0]).toMatch(/^time,ended,state,kind/)
    expect(lines[1]).toContain(",Gate 0,1,'=1+2,,,B-HM 77,1,")
    expect(lines).toHaveLength(3)
  })

  it('are a line of JSON each, however many', async () => {
    const lines = (await whole(jsonLinesOf(store, { kinds: ['motion'] }))).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(expected(({ kind }) => kind === 'motion'))
  })
})

describe('events that are kept', () => {
  it('are found under the name that their device takes', async () => {
    const before = expected(({ deviceId }) => deviceId === 'd4')
    await renameInEvents(store, 'd4', 'Harbour')
    expect(await found({ text: 'harbour' })).toEqual(before)
    expect(await found({ text: 'gate 4' })).toEqual([])
  })

  it('go by whole hours when there are too many, with their counts and texts', async () => {
    await pruneEvents(store, 100)
    const ids = await found({})
    expect(ids).toEqual(expected(() => true).slice(0, ids.length))
    expect(ids.length).toBeGreaterThan(90)
    expect(ids.length).toBeLessThanOrEqual(100)
    expect((await summarizeEvents(store, { fromMs: startMs, toMs: startMs + 100 * HOUR_MS })).total).toBe(ids.length)
    const texts = await store.db.selectFrom('eventText').select('text').execute()
    expect(texts.some(({ text }) => text.startsWith('Gate 4'))).toBe(false)
    await pruneEvents(store, 100)
    expect(await found({})).toHaveLength(ids.length)
  })
})
