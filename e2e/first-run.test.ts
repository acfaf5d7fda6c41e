// SPDX-License-Identifier: Apache-2.0
/** The very first start: the printed link, the administrator, the demo site at one click, and its end. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { launchBrowser, visit } from './browser.ts'

const painted = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const views = await (
      globalThis as unknown as { openhmp?: { live(): Promise<{ framesPainted: number }[]> } }
    ).openhmp?.live()
    return views?.filter(({ framesPainted }) => framesPainted >= 15).length ?? 0
  })

describe.runIf(needs('chromium'))('the first run', () => {
  let product: Product
  let browser: Browser
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    product = await startProduct({ HMP_ADMIN_PASSWORD: '' })
    browser = await launchBrowser()
    ;({ page, faults } = await visit(browser))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
  })

  it('answers a wrong code in one line, and the printed link with the welcome page', async () => {
    const [link] = await product.printed(/https:\/\/\S+\/setup#code=\S+/, 10_000)
    expect(product.output()).toMatch(/[0-9A-Z]{5}-[0-9A-Z]{5}/)
    await page.goto(link)
    const code = page.getByLabel('Setup code')
    const right = await code.inputValue()
    await page.getByLabel('Your name for signing in').fill('Ada')
    await page.getByLabel('Password', { exact: true }).fill('four unrelated words here')
    await page.getByLabel('Password again').fill('four unrelated words here')
    await code.fill('WRONG-CODE1')
    await page.getByRole('button', { name: 'Create administrator' }).click()
    await page.getByRole('alert').first().waitFor()
    await code.fill(right)
    await page.getByRole('button', { name: 'Create administrator' }).click()
    await page.getByRole('heading', { name: /Let’s get a picture/ }).waitFor({ timeout: 10_000 })
  }, 40_000)

  it('starts the demo site at one click: four moving pictures', async () => {
    await page.getByRole('button', { name: 'Start the demo' }).click()
    await expect.poll(() => painted(page), { timeout: 40_000 }).toBe(4)
  }, 60_000)

  it('says nothing in the browser but the refusal of the wrong code', () => {
    expect(faults.filter((fault) => !/status of 40\d/.test(fault))).toEqual([])
  })
})
