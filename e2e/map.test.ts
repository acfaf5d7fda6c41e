// SPDX-License-Identifier: Apache-2.0
/** A floor plan in a browser: a picture is added, a camera put on it by mouse and keys, and it shows what goes on there. */
import { type Emulator, startEmulator } from '@openhmp/emulator'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Api, signIn } from '../tools/product/api.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

const account = { userName: 'admin', password: 'emulated cameras only' }
/** What a browser of a loaded machine may take. */
const timeout = 30_000

interface Plan {
  readonly name: string
  readonly cameras: readonly { readonly x: number; readonly y: number; readonly direction: number }[]
}

describe.runIf(needs('chromium'))('a floor plan', () => {
  let product: Product
  let camera: Emulator
  let api: Api
  let browser: Browser
  let page: Page
  let faults: string[]
  let stage: Locator

  beforeAll(async () => {
    product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
    camera = await startEmulator({
      ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: realClock() },
      ...{ user: account.userName, password: account.password },
    })
    api = await signIn(product)
    await api.post('/devices', { kind: 'isapi', name: 'Gate', address: camera.devices[0]!.httpUrl, ...account })
    await vi.waitUntil(() => camera.device(0).events.listeners > 0, { timeout })
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
    stage = page.getByRole('region', { name: 'Ground floor' })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await camera?.[Symbol.asyncDispose]()
    await product?.[Symbol.asyncDispose]()
  })
  const kept = async () => (await api.get<{ plans: Plan[] }>('/plans')).plans
  const marker = (name: RegExp) => stage.getByRole('button', { name })

  it('is a picture that somebody adds', async () => {
    await page.setContent('<svg width="800" height="500"><rect x="50" y="50" width="700" height="400" /></svg>')
    const drawn = await page.locator('svg').screenshot()
    await page.goto(`${product.url}/map`)
    await page.getByText('No plan yet').waitFor({ timeout })
    await page.getByRole('button', { name: 'Add a plan' }).click()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Picture' }).click()
    await (await chooser).setFiles({ name: 'Ground floor.png', mimeType: 'image/png', buffer: drawn })
    await page.getByRole('dialog').getByRole('button', { name: 'Add a plan' }).click()
    await stage.getByRole('img', { name: 'The plan Ground floor' }).waitFor({ timeout })
    expect(await seriousFaults(page)).toEqual([])
  }, 120_000)

  it('takes cameras by mouse and by keys, and keeps them when they are saved', async () => {
    const there = (await stage.boundingBox())!
    const targetPosition = { x: there.width * 0.25, y: there.height * 0.5 }
    await page.getByRole('region', { name: 'Not on this plan' }).getByRole('button', { name: 'Gate' }).dragTo(stage, {
      targetPosition,
    })
    await marker(/^Gate/).press('ArrowRight')
    await marker(/^Gate/).press(']')
    expect(await kept()).toMatchObject([{ cameras: [] }])
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Place cameras' }).waitFor({ timeout })
    const placed = (await kept())[0]!.cameras[0]!
    expect(placed.x).toBeCloseTo(0.255, 1)
    expect(placed.y).toBeCloseTo(0.5, 1)
    expect(placed.direction).toBe(5)
  }, 60_000)

  it('shows what goes on, and the live picture of the camera that is chosen', async () => {
    camera.raise(0, { type: 'fielddetection', state: 'active', channel: 1, description: 'of the test' })
    await marker(/^Gate, Online, Intrusion, new alarm: Critical$/).click({ timeout })
    const card = page.getByRole('complementary', { name: 'Gate' })
    await card.locator('[data-phase="live"] canvas, [data-phase="live"] video').first().waitFor({ timeout })
    await card.getByText('Intrusion').first().waitFor({ timeout })
    expect(page.url()).toContain('camera=')
    expect(await seriousFaults(page)).toEqual([])
  }, 60_000)

  it('comes closer under the wheel, and goes back to the whole', async () => {
    const width = async () => Math.round((await stage.getByRole('img').boundingBox())!.width)
    const whole = await width()
    await stage.hover()
    await page.mouse.wheel(0, -500)
    await expect.poll(width, { timeout }).toBeGreaterThan(whole * 1.5)
    await page.getByRole('button', { name: 'The whole plan' }).click()
    await expect.poll(width, { timeout }).toBe(whole)
  }, 60_000)

  it('is not overwritten when somebody else was faster', async () => {
    await page.getByRole('button', { name: 'Place cameras' }).click()
    await marker(/^Gate/).press('ArrowLeft')
    const [{ id, edition }] = (await api.get<{ plans: { id: string; edition: number }[] }>('/plans')).plans as [
      { id: string; edition: number },
    ]
    await api.put(`/plans/${id}`, { edition, name: 'Ground floor', site: null, cameras: [] })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('Somebody has changed this plan meanwhile').waitFor({ timeout })
    expect((await kept())[0]!.cameras).toEqual([])
  }, 60_000)

  it('leaves the console of the browser empty', () => {
    expect(faults.filter((fault) => !fault.includes('409'))).toEqual([])
  })
})
