// SPDX-License-Identifier: Apache-2.0
/** The queue of alarms in a browser: an alarm comes up with its picture and a sound, is worked through by keys, and is not known any more when its camera is cut off. */
import { type Emulator, startEmulator } from '@openhmp/emulator'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Cable } from '../packages/server/test/cable.ts'
import { needs } from '../tools/needs.ts'
import { signIn } from '../tools/product/api.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

const account = { userName: 'admin', password: 'emulated cameras only' }
/** What a browser of a loaded machine may take. */
const timeout = 30_000

describe.runIf(needs('chromium'))('the queue of alarms', () => {
  let product: Product
  let camera: Emulator
  let cable: Cable
  let browser: Browser
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
    camera = await startEmulator({
      ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: realClock() },
      ...{ user: account.userName, password: account.password },
    })
    cable = await Cable.to(Number(new URL(camera.devices[0]!.httpUrl).port))
    const api = await signIn(product)
    const address = `http://127.0.0.1:${cable.port}`
    await api.post('/devices', { kind: 'isapi', name: 'Gate', address, ...account })
    await vi.waitUntil(() => camera.device(0).events.listeners > 0, { timeout })
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
    await page.addInitScript(`globalThis.tones = 0
      const start = AudioScheduledSourceNode.prototype.start
      AudioScheduledSourceNode.prototype.start = function (...at) { globalThis.tones++; start.apply(this, at) }`)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await cable?.[Symbol.asyncDispose]()
    await camera?.[Symbol.asyncDispose]()
    await product?.[Symbol.asyncDispose]()
  })
  const raise = (type: string) => camera.raise(0, { type, state: 'active', channel: 1, description: 'of the test' })
  const row = (name: RegExp) => page.getByRole('region', { name: 'Queue' }).getByRole('button', { name })

  it('shows one with its picture, its sound and the live picture', async () => {
    await page.goto(`${product.url}/alarms`)
    await page.getByText('No open alarms').waitFor({ timeout })
    // Told by the live feed: it stands once the page has heard from it.
    raise('linedetection')
    await row(/^High: Line crossed.* New$/).waitFor({ timeout })
    raise('fielddetection')
    await row(/^Critical: Intrusion.* New$/).waitFor({ timeout })
    await expect.poll(() => page.evaluate<number>('tones'), { timeout }).toBeGreaterThan(0)
    await page.getByRole('link', { name: /Alarms 2 new alarms$/ }).waitFor({ timeout })
    await row(/Intrusion/).click()
    await page.getByRole('img', { name: /^Intrusion at / }).waitFor({ timeout })
    await page.locator('[data-phase="live"] canvas, [data-phase="live"] video').first().waitFor({ timeout })
    expect(await seriousFaults(page)).toEqual([])
  }, 120_000)

  it('is worked through by keys: acknowledged, commented, left, closed', async () => {
    await page.keyboard.press('a')
    await row(/^Critical: Intrusion.* Acknowledged$/).waitFor({ timeout })
    await page.keyboard.press('c')
    await page.keyboard.type('a fox at the fence')
    await page.keyboard.press('Enter')
    const said = page.getByRole('region', { name: 'Comments' })
    await said.getByText('a fox at the fence').waitFor({ timeout })
    await page.getByRole('button', { name: 'Assign to me' }).click()
    await page.getByRole('button', { name: 'Give back' }).waitFor({ timeout })
    await page.reload()
    await said.getByText('a fox at the fence').waitFor({ timeout })
    await page.keyboard.press('j')
    await page.getByRole('article', { name: 'Line crossed' }).waitFor({ timeout })
    await page.keyboard.press('x')
    await expect.poll(() => row(/Line crossed/).count(), { timeout }).toBe(0)
    await page.getByRole('article', { name: 'Intrusion' }).waitFor({ timeout })
  }, 120_000)

  it('says why nobody knows of it, when the camera is cut off', async () => {
    await cable[Symbol.asyncDispose]()
    await page.getByRole('status').getByText('Nobody knows whether it still goes on: ').waitFor({ timeout })
    await row(/Intrusion/)
      .getByText('Unknown')
      .waitFor({ timeout })
    expect(await seriousFaults(page)).toEqual([])
  }, 60_000)

  it('leaves room for every way on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    const button = page.getByRole('button', { name: 'Account: admin' })
    await button.waitFor({ timeout })
    const box = await button.boundingBox()
    expect(box!.x + box!.width).toBeLessThanOrEqual(360)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Fleet' }).click()
    await page.getByRole('heading', { level: 1 }).waitFor({ timeout })
    expect(page.url()).toContain('/fleet')
    await page.getByRole('menu').waitFor({ state: 'hidden', timeout })
    expect(await seriousFaults(page)).toEqual([])
  }, 60_000)

  it('leaves the console of the browser empty', () => {
    expect(faults).toEqual([])
  })
})
