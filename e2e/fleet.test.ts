// SPDX-License-Identifier: Apache-2.0
/** A fleet is compared with what it should be, changed in waves, and changed back: in a browser, at cameras over RTSP and HMP. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

const PASSWORD = 'four unrelated words here'
const file = `rules:
  - name: All
    settings:
      time: { timeZone: "CST-2:00:00" }
      ntp: { host: ntp.harbour.example }
`

describe.runIf(needs('chromium'))('the fleet', () => {
  let product: Product
  let browser: Browser
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    product = await startProduct({ HMP_ADMIN_PASSWORD: PASSWORD, HMP_DEMO: '2' })
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, { url: product.url, password: PASSWORD }))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
  })

  it('has faults of the file named while it is written', async () => {
    await page.goto(`${product.url}/devices`)
    await expect.poll(() => page.locator('tbody [data-state="online"]').count(), { timeout: 30_000 }).toBeGreaterThan(3)
    await page.goto(`${product.url}/fleet`)
    await page.getByLabel('File (YAML)').fill('rules:\n  - settings:\n      tine: {}\n')
    await page.getByText('Line 3, rules.0.settings.tine').waitFor()
    expect(await page.getByRole('button', { name: 'Compare with the devices' }).isDisabled()).toBe(true)
  }, 50_000)

  it('is compared, changed and changed back', async () => {
    await page.getByLabel('File (YAML)').fill(file)
    await page.getByText('All: 2 devices').waitFor()
    await page.getByRole('button', { name: 'Compare with the devices' }).click()
    await page.getByRole('heading', { name: 'Compare with the desired state' }).waitFor()
    await page.getByText('2 of 2, 0 failed').first().waitFor()
    await expect.poll(() => page.getByText('CST-8:00:00').count()).toBe(2)
    await page.getByRole('button', { name: 'Apply in waves' }).click()
    await page.getByRole('heading', { name: 'Apply the desired state' }).waitFor()
    await page.getByText('2 of 2, 0 failed').first().waitFor({ timeout: 15_000 })
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('heading', { name: /^Undo/ }).waitFor()
    await page.getByText('2 of 2, 0 failed').first().waitFor({ timeout: 15_000 })
    await expect.poll(() => page.locator('ins', { hasText: 'CST-8:00:00' }).count()).toBe(2)
    await page.goto(`${product.url}/fleet`)
    await expect.poll(() => page.getByRole('link', { name: /desired state/ }).count()).toBe(3)
  }, 60_000)

  it('asks before it gives new passwords, and says why a device was left out', async () => {
    await page.goto(`${product.url}/fleet`)
    const card = page.getByRole('region', { name: 'Passwords and certificates' })
    const begin = card.getByRole('button', { name: 'New passwords' })
    expect(await begin.isDisabled()).toBe(true)
    await card.getByLabel('For which devices').first().click()
    await page.getByRole('option').first().click()
    await card.getByText('1 device', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await begin.click()
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByText('devices of the demo site keep their password').waitFor()
  }, 30_000)

  it('shows the health of each device, and looks again when asked', async () => {
    await page.goto(`${product.url}/devices`)
    await page
      .getByRole('link', { name: /Main gate|Car park/ })
      .first()
      .click()
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    await page.getByText('Clock beside ours').waitFor({ timeout: 15_000 })
    await page.getByRole('button', { name: 'Look now' }).click()
    await page.getByText('Clock beside ours').waitFor()
  }, 30_000)

  it('says nothing in the browser console', () => {
    expect(faults).toEqual([])
  })
})
