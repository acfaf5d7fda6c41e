// SPDX-License-Identifier: Apache-2.0
/**
 * The list of devices in Chromium, with so many of them in the database and twenty changes a second: until the first rows
 * are seen, until the page answers, and how it scrolls. `node bench/device-list.ts [devices]`, 10,000 when left out.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { launchBrowser, visitSignedIn } from '../e2e/browser.ts'
import { signIn } from '../tools/product/api.ts'
import { seedDevices } from '../tools/product/seed.ts'
import { startProduct } from '../tools/product/start.ts'
import { METER } from './device-list-page.ts'

/** Changes of devices while it scrolls, a second. */
const CHANGES = 20
const SCROLL_SECONDS = 6

interface Seen {
  readonly firstRows: number
  readonly longTasks: readonly { readonly start: number; readonly ms: number }[]
}
interface List {
  readonly wire: number
  readonly unpacked: number
  readonly beginsMs: number
  readonly ms: number
}
interface Scrolled {
  readonly frames: number
  readonly seconds: number
  readonly worstMs: number
  readonly p99Ms: number
  readonly late: number
  readonly empty: number
}

/** Calls the meter in the page. */
const meter = <T>(page: Page, call: string): Promise<T> => page.evaluate(`globalThis.meter.${call}`)
const seenOf = (page: Page) => meter<Seen>(page, 'seen()')

const count = Number(process.argv[2] ?? 10_000)
const root = mkdtempSync(join(tmpdir(), 'hmp-list-'))
const say = (name: string, value: string) => console.log(`${name.padEnd(44)} ${value}`)
const ms = (value: number) => `${Math.round(value)} ms`

try {
  await seedDevices(join(root, 'data'), count)
  await using product = await startProduct({ HMP_DATA: join(root, 'data') })
  const api = await signIn(product)
  const begun = performance.now()
  const { devices } = await api.get<{ devices: { id: string; name: string }[] }>('/devices')
  say(`GET /devices of ${devices.length}, not compressed`, ms(performance.now() - begun))

  const browser = await launchBrowser()
  const { context, page } = await visitSignedIn(browser, product)
  await context.addInitScript(METER)

  await page.goto(`${product.url}/devices`)
  await page.locator('tbody tr[aria-rowindex]').first().waitFor()
  await sleep(1500)
  const cold = await seenOf(page)
  const end = Math.max(cold.firstRows, ...cold.longTasks.map(({ start, ms: long }) => start + long))
  say('page opened anew: first rows', ms(cold.firstRows))
  say('page opened anew: last long task over', ms(end))
  const { wire, unpacked, beginsMs, ms: tookMs } = await meter<List>(page, 'list()')
  say('list: on the wire, unpacked', `${(wire / 1e3).toFixed(0)} kB, ${(unpacked / 1e6).toFixed(1)} MB`)
  say('list: until it begins, until it is there', `${ms(beginsMs)}, ${ms(tookMs)}`)

  await page.goto(`${product.url}/events`)
  await page.getByRole('heading', { name: 'Events' }).first().waitFor()
  await sleep(500)
  const opened = await meter<number>(page, 'open()')
  say('opened from another page: first rows', ms(opened))

  let isOver = false
  const changing = (async () => {
    for (let i = 0; !isOver; i++) {
      const device = devices[(i * 37) % devices.length]!
      await api.patch(`/devices/${device.id}`, { name: `${device.name} ${i % 2 ? 'a' : 'b'}` })
      await sleep(1000 / CHANGES)
    }
  })()
  for (const pixelsASecond of [1500, 6000, 60_000]) {
    const before = (await seenOf(page)).longTasks.length
    const got = await meter<Scrolled>(page, `scroll({ pixelsASecond: ${pixelsASecond}, seconds: ${SCROLL_SECONDS} })`)
    const long = (await seenOf(page)).longTasks.slice(before)
    const total = long.reduce((sum, { ms: one }) => sum + one, 0)
    say(
      `scrolling ${pixelsASecond} px/s`,
      `${(got.frames / got.seconds).toFixed(1)} frames/s, p99 ${got.p99Ms.toFixed(1)} ms, worst ${got.worstMs.toFixed(0)} ms, ` +
        `${got.late} later than 25 ms, ${got.empty} without a row, long tasks ${ms(total)}`,
    )
  }
  isOver = true
  await changing
  const typed = await meter<number>(page, "type('gate 17')")
  say('search typed: the list has followed (150 ms wait in it)', ms(typed))
  await browser.close()
} finally {
  rmSync(root, { recursive: true, force: true })
}
