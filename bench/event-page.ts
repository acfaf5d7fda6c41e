// SPDX-License-Identifier: Apache-2.0
/**
 * Events on the page: `node bench/event-page.ts [events a second]`, two thousand when left out, told by a hundred emulated cameras over
 * their alert streams for ten seconds, while Chromium shows the list of events. Prints how long after the camera told it each was on
 * the screen, and what the page and the server cost.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { launchBrowser, visitSignedIn } from '../e2e/browser.ts'
import { startEmulator } from '../packages/emulator/src/index.ts'
import { signIn } from '../tools/product/api.ts'
import { startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'

const rate = Number(process.argv[2] ?? 2000)
const SECONDS = 10
const CAMERAS = 100
const TURN_MS = 10
const account = { userName: 'admin', password: 'emulated cameras only' }

/** In the page: at each frame, the highest number of an input that stands in the list. */
const WATCH = `globalThis.seen = []
  const look = () => {
    let most = 0
    for (const { textContent } of document.querySelectorAll('main li a small')) most = Math.max(most, Number(textContent.match(/\\d+/)?.[0] ?? 0))
    const last = seen.at(-1)
    if (!last || most > last[0]) seen.push([most, Date.now()])
    requestAnimationFrame(look)
  }
  look()`
const seenBy = (page: Page) => page.evaluate<[number, number][]>('globalThis.seen')

await using product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
await using cameras = await startEmulator({
  ...{ cameras: CAMERAS, recorders: 0, httpPort: 0, rtspPort: 0, clock: realClock() },
  ...{ user: account.userName, password: account.password },
})
const api = await signIn(product)
for (const [i, { httpUrl }] of cameras.devices.entries())
  await api.post('/devices', { kind: 'isapi', name: `Gate ${i}`, address: httpUrl, ...account })
await api.put('/alarm-severities/alarmInput', { severity: 'none' })
while (cameras.devices.some((_, i) => cameras.device(i).events.listeners === 0)) await sleep(100)

const browser = await launchBrowser()
const { page } = await visitSignedIn(browser, product, { locale: 'en-GB' })
await page.goto(`${product.url}/events?kind=alarmInput`)
await page.getByRole('heading', { level: 1 }).waitFor()
await sleep(1000)
await page.evaluate(WATCH)

const toldAt: number[] = [0]
const begun = performance.now()
while (performance.now() - begun < SECONDS * 1000) {
  const due = Math.floor(((performance.now() - begun) / 1000) * (rate / 2))
  while (toldAt.length <= due) {
    const input = toldAt.length
    toldAt.push(Date.now())
    const alert = { type: 'IO', channel: 1, input, description: 'of the bench' } as const
    // Beginning and end: two events in, one row.
    for (const state of ['active', 'inactive'] as const) cameras.raise(input % CAMERAS, { ...alert, state })
  }
  await sleep(TURN_MS)
}
const count = toldAt.length - 1
const deadline = performance.now() + 60_000
let seen = await seenBy(page)
while ((seen.at(-1)?.[0] ?? 0) < count && performance.now() < deadline) {
  await sleep(100)
  seen = await seenBy(page)
}
const waits: number[] = []
let at = 0
for (let input = 1; input <= count; input++) {
  while (at < seen.length && seen[at]![0] < input) at++
  if (at < seen.length) waits.push(seen[at]![1] - toldAt[input]!)
}
waits.sort((a, b) => a - b)
const share = (part: number) => `${waits[Math.min(waits.length - 1, Math.floor(waits.length * part))]} ms`
console.log(`${2 * count} events in ${SECONDS} s; ${waits.length} of ${count} occurrences were seen on the page`)
console.log(
  `until it is on the page: p50 ${share(0.5)}, p99 ${share(0.99)}, most ${share(1)}; ${seen.length} pictures of the list`,
)
await browser.close()
