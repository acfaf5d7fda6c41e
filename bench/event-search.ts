// SPDX-License-Identifier: Apache-2.0
/**
 * What the page of events asks of a database of many events: `node bench/event-search.ts [events]`, ten million when left
 * out. The rows are written straight into a store's tables: a thousand cameras at ten sites, thirty days, four kinds, of
 * which one is rare, and some plates. Prints the median and the 95th percentile of each query, first page and later ones.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type EventFilter, listEvents, summarizeEvents } from '../packages/server/src/event/search.ts'
import { uuidv7 } from '../packages/server/src/event/uuid.ts'
import { Store } from '../packages/server/src/store/store.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const CAMERAS = 1000
const count = Number(process.argv[2] ?? 10_000_000)
const endMs = Date.UTC(2026, 0, 31)
const startMs = endMs - DAYS * DAY_MS
const runs = 40

/** The same every time. */
let seed = 1
const random = (): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}
const idOf = (camera: number): string => `00000000-0000-4000-8000-${String(camera).padStart(12, '0')}`
const cameras = Array.from({ length: CAMERAS }, (_, i) => i)
const someOf = (most: number): string[] => cameras.slice(0, most).map(() => idOf(Math.floor(random() * CAMERAS)))

const dataDir = mkdtempSync(join(tmpdir(), 'hmp-bench-'))
const options = { dataDir, now: () => endMs, onCrash: (error: Error) => console.error(error) }
await (await Store.open(options))[Symbol.asyncDispose]()
const file = join(dataDir, 'openhmp.db')
fill(file)
console.error(`${count} events in ${(statSync(file).size / 1e9).toFixed(1)} GB`)

const store = await Store.open(options)
const windowOf = (days: number) => {
  const toMs = endMs - Math.floor(random() * (DAYS - days) * DAY_MS)
  return { fromMs: toMs - days * DAY_MS, toMs }
}
const filters: [string, () => EventFilter][] = [
  ['all', () => ({})],
  ['a day', () => windowOf(1)],
  ['one camera', () => ({ devices: someOf(1) })],
  ['one camera, a rare kind', () => ({ devices: someOf(1), kinds: ['plate'] })],
  ['a site of 100, a week', () => ({ ...windowOf(7), devices: cameras.filter((i) => i % 10 === 3).map(idOf) })],
  ['a rare kind', () => ({ kinds: ['plate'] })],
  ['two kinds, a week', () => ({ ...windowOf(7), kinds: ['motion', 'lineCrossing'] })],
  ['going on', () => ({ states: ['active', 'unknown'] })],
  ['a camera by its name', () => ({ text: `Camera ${Math.floor(random() * CAMERAS)} ` })],
  ['a word that most have', () => ({ text: 'motion' })],
  ['a plate', () => ({ text: `AB ${Math.floor(random() * 20_000)}` })],
  ['a word that none has', () => ({ text: 'zebra' })],
]
console.log('\n| query | first page p50 / p95 ms | tenth page | counts and columns |')
console.log('|---|---|---|---|')
for (const [name, filter] of filters) {
  const first: number[] = []
  const later: number[] = []
  const summary: number[] = []
  for (let i = 0; i < runs; i++) {
    const asked = filter()
    let page = await timed(first, () => listEvents(store, { ...asked, limit: 60 }))
    for (let p = 0; p < 8 && page.next; p++) page = await listEvents(store, { ...asked, before: page.next, limit: 60 })
    if (page.next) await timed(later, () => listEvents(store, { ...asked, before: page.next!, limit: 60 }))
    await timed(summary, () =>
      summarizeEvents(store, { ...asked, fromMs: asked.fromMs ?? startMs, toMs: asked.toMs ?? endMs }),
    )
  }
  console.log(`| ${[name, ...[first, later, summary].map(spread)].join(' | ')} |`)
}
await store[Symbol.asyncDispose]()
rmSync(dataDir, { recursive: true })

async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const fromMs = performance.now()
  const result = await work()
  into.push(performance.now() - fromMs)
  return result
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1) ?? '-'
  return `${at(0.5)} / ${at(0.95)}`
}

/** In one transaction, oldest first, as they would have come. */
function fill(path: string): void {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; BEGIN')
  const text = database.prepare('insert into "eventText" ("id", "text", "count") values (?, ?, ?)')
  const insert = database.prepare(`insert into "event" ("id", "key", "deviceId", "deviceName", "channel", "channelName",
    "kind", "type", "state", "description", "time", "receivedAt", "lastSeenAt", "endedAt", "count", "hasPicture", "textId")
    values (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?)`)
  const texts = new Map<string, { id: number; count: number }>()
  for (let i = 0; i < count; i++) {
    const timeMs = startMs + Math.floor((i / count) * DAYS * DAY_MS)
    const camera = Math.floor(random() * random() * CAMERAS)
    const chance = random()
    const kind = chance < 0.001 ? 'plate' : chance < 0.1 ? 'lineCrossing' : chance < 0.2 ? 'tamper' : 'motion'
    const name = `Camera ${camera} `
    const words = `${name}\n${name}\n${kind} alarm\n${kind === 'plate' ? `AB ${Math.floor(random() * 20_000)}` : ''}`
    const known = texts.get(words) ?? { id: texts.size + 1, count: 0 }
    known.count++
    texts.set(words, known)
    const state = i > count - 50 ? 'active' : i % 100_000 === 0 ? 'unknown' : 'inactive'
    insert.run(
      uuidv7(timeMs),
      `${Math.floor(timeMs / 1000).toString(36)}.${i}`,
      ...[idOf(camera), name, name, kind, kind, state, `${kind} alarm`],
      ...[timeMs, timeMs, timeMs + 5000, state === 'active' ? null : timeMs + 6000, known.id],
    )
  }
  for (const [words, { id, count: times }] of texts) text.run(id, words, times)
  database.exec(`insert into "eventTally" select "deviceId", "time" / 3600000, "kind", count(*) from "event" group by 1, 2, 3;
    insert into "eventTally" select '', "hour", "kind", sum("count") from "eventTally" group by 2, 3; COMMIT`)
  database.close()
}
