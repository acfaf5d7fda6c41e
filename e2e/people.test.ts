// SPDX-License-Identifier: Apache-2.0
/** People in a browser: somebody is added for one site, sees that site alone, and loses its picture when the right is taken away. */
import { type Emulator, startEmulator } from '@openhmp/emulator'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Api, signIn } from '../tools/product/api.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visit, visitSignedIn } from './browser.ts'

const account = { userName: 'admin', password: 'emulated cameras only' }
const BENS = 'seven unrelated words here'
const OWN = 'eight words that are his'
/** What a browser of a loaded machine may take. */
const timeout = 30_000

describe.runIf(needs('chromium'))('people', () => {
  let product: Product
  let cameras: Emulator
  let api: Api
  let browser: Browser
  let admin: Page
  let ben: Page
  let faults: string[]

  beforeAll(async () => {
    product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
    cameras = await startEmulator({
      ...{ cameras: 2, recorders: 0, httpPort: 0, rtspPort: 0, clock: realClock() },
      ...{ user: account.userName, password: account.password },
    })
    api = await signIn(product)
    for (const [i, name] of ['Gate', 'Yard'].entries()) {
      const wish = { kind: 'isapi', name, address: cameras.devices[i]!.httpUrl, ...account }
      const { device } = await api.post<{ device: { id: string } }>('/devices', wish)
      await api.patch(`/devices/${device.id}`, { site: i === 0 ? 'North' : 'South' })
      await vi.waitUntil(() => cameras.device(i).events.listeners > 0, { timeout })
    }
    browser = await launchBrowser()
    ;({ page: admin, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await cameras?.[Symbol.asyncDispose]()
    await product?.[Symbol.asyncDispose]()
  })

  it('are added with a role at a place; roles are a table', async () => {
    await admin.goto(`${product.url}/people`)
    await admin.getByRole('button', { name: 'Add somebody' }).click()
    const form = admin.getByRole('dialog')
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Ben')
    await form.getByLabel('First password').fill(BENS)
    await form.getByRole('combobox', { name: 'Where' }).click()
    await admin.getByRole('option', { name: 'North' }).click()
    await form.getByRole('button', { name: 'Add somebody' }).click()
    await admin.getByText('Viewer · Site North').waitFor({ timeout })
    await admin.getByRole('textbox', { name: 'Name of a new role' }).fill('Guard')
    await admin.getByRole('button', { name: 'Make a role' }).click()
    const box = admin.getByRole('checkbox', { name: 'Guard: See live pictures' })
    await box.click({ timeout })
    await expect.poll(() => box.isChecked(), { timeout }).toBe(true)
    expect(await seriousFaults(admin)).toEqual([])
  }, 120_000)

  it('see what is theirs and nothing else', async () => {
    ;({ page: ben } = await visit(browser, { locale: 'en-GB' }))
    await ben.goto(product.url)
    await ben.getByLabel('Name').fill('Ben')
    await ben.getByLabel('Password', { exact: true }).fill(BENS)
    await ben.keyboard.press('Enter')
    // The password was Ada's word: one of his own comes first.
    await ben.getByRole('heading', { name: 'A password of your own' }).waitFor({ timeout })
    await ben.getByLabel('Present password').fill(BENS)
    await ben.getByLabel('New password').fill(OWN)
    await ben.getByLabel('Password again').fill(OWN)
    await ben.getByRole('button', { name: 'Change the password' }).click()
    await ben.locator('[data-phase="live"] canvas, [data-phase="live"] video').first().waitFor({ timeout })
    await ben.getByText('Gate').first().waitFor({ timeout })
    expect(await ben.getByText('Yard').count()).toBe(0)
    const places = await ben.getByRole('navigation', { name: 'Main' }).getByRole('listitem').allInnerTexts()
    expect(places.map((text) => text.trim())).toEqual(['Live', 'Devices', 'Alarms', 'Events', 'Plans'])
  }, 120_000)

  it('lose the picture when the right is taken away', async () => {
    const { people } = await api.get<{ people: { id: string; name: string }[] }>('/people')
    await api.patch(`/people/${people.find(({ name }) => name === 'Ben')!.id}`, { grants: [] })
    for (const what of [ben.locator('[data-phase]'), ben.getByText('Gate', { exact: true })])
      await expect.poll(() => what.count(), { timeout }).toBe(0)
    await ben.getByText('No rights yet').waitFor({ timeout })
    expect(faults).toEqual([])
  }, 60_000)
})
