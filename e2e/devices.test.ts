// SPDX-License-Identifier: Apache-2.0
/**
 * The list of devices with a thousand of them and three that are there, in a browser: found, narrowed, sorted and chosen by
 * mouse and keyboard, the view kept in the address; labels, a check, a reboot and a removal of many; for everybody.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Device } from '@openhmp/contract'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Api, signIn } from '../tools/product/api.ts'
import { seedDevices } from '../tools/product/seed.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

const COUNT = 1000
const root = mkdtempSync(join(tmpdir(), 'hmp-devices-'))

describe.runIf(needs('chromium'))('a thousand devices', () => {
  let product: Product
  let api: Api
  let browser: Browser
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    await seedDevices(join(root, 'data'), COUNT)
    product = await startProduct({ HMP_DATA: join(root, 'data'), HMP_DEMO: '3' })
    api = await signIn(product)
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
    rmSync(root, { recursive: true, force: true })
  })

  const grid = () => page.getByRole('grid', { name: 'Devices' })
  const rowCount = async () => Number(await grid().getAttribute('aria-rowcount')) - 1
  const names = () => page.locator('tbody [data-column="name"] a').allTextContents()
  const open = async (search = '') => {
    await page.goto(`${product.url}/devices${search}`)
    await grid().waitFor()
  }
  const all = async () => (await api.get<{ devices: Device[] }>('/devices?streams=none')).devices

  it('has the rows of the screen alone, and says how many there are', async () => {
    await open()
    await expect.poll(rowCount, { timeout: 30_000 }).toBe(COUNT + 3)
    const rows = await page.locator('tbody tr').count()
    expect(rows).toBeGreaterThan(8)
    expect(rows).toBeLessThan(40)
    await expect.poll(() => page.getByText('Online 3').count(), { timeout: 30_000 }).toBe(1)
  }, 60_000)

  it('is searched, narrowed and sorted, and comes back so from its address', async () => {
    await open()
    await page.getByRole('searchbox').fill('gate 711')
    await expect.poll(rowCount).toBeLessThan(20)
    await expect.poll(() => page.url()).toContain('q=gate')
    await page.getByRole('searchbox').fill('gate')
    await expect.poll(rowCount).toBeGreaterThan(20)
    await page.getByRole('button', { name: 'Site' }).first().click()
    await page.getByRole('checkbox', { name: /^Airport/ }).click()
    await page.keyboard.press('Escape')
    await page.getByText('Site: Airport').waitFor()
    await page.getByRole('searchbox').fill('')
    await expect.poll(rowCount).toBeGreaterThan(50)
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
    const shown = [await rowCount(), await names()] as const
    await page.reload()
    await grid().waitFor()
    await expect.poll(async () => [await rowCount(), await names()]).toEqual(shown)
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('checkbox', { name: 'Serial number' }).click()
    await page.getByRole('columnheader', { name: 'Serial number' }).waitFor()
    expect(page.url()).toContain('serial')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Drop the filter Site: Airport' }).click()
    await expect.poll(rowCount).toBe(COUNT + 3)
  }, 40_000)

  it('is worked with by keyboard', async () => {
    await open('?sort=-name')
    await grid().focus()
    const active = () =>
      grid().evaluate((at) =>
        at.ownerDocument.getElementById(at.getAttribute('aria-activedescendant') ?? '')?.getAttribute('aria-rowindex'),
      )
    await page.keyboard.press('End')
    await expect.poll(active).toBe(String(COUNT + 4))
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await expect.poll(active).toBe('3')
    await page.keyboard.press('Space')
    await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Shift+ArrowDown')
    await page.getByText('3 chosen').waitFor()
    await page.keyboard.press('Control+a')
    await page.getByText(`${COUNT + 3} chosen`).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('toolbar').count()).toBe(0)
    const first = (await names())[1]!
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: first }).waitFor()
  }, 30_000)

  it('gives many a site and tags at once', async () => {
    await open('?tag=entrance')
    const before = await rowCount()
    await page.getByRole('checkbox', { name: /^Choose all/ }).click()
    await page.getByRole('button', { name: 'Site and tags' }).click()
    await page.getByRole('combobox', { name: 'Site' }).fill('Quay 7')
    await page.getByRole('combobox', { name: 'Add tags' }).fill('checked,')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(`${before} devices were changed`).waitFor()
    const changed = (await all()).filter(({ site }) => site === 'Quay 7')
    expect(changed).toHaveLength(before)
    expect(changed.every(({ tags }) => tags.includes('checked') && tags.includes('entrance'))).toBe(true)
    await page.getByRole('button', { name: 'Site' }).first().click()
    await page.getByRole('checkbox', { name: /^Quay 7/ }).waitFor()
    await page.keyboard.press('Escape')
  }, 30_000)

  it('checks and reboots many as jobs', async () => {
    await open('?state=online')
    await expect.poll(rowCount).toBe(3)
    await page.getByRole('checkbox', { name: /^Choose all/ }).click()
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByRole('heading', { name: 'Check devices now' }).waitFor()
    await page.getByText('3 of 3, 0 failed').first().waitFor({ timeout: 20_000 })
    await open('?state=online')
    const boxes = page.locator('tbody input[type=checkbox]')
    await boxes.nth(0).click()
    await boxes.nth(1).click({ modifiers: ['Shift'] })
    await page.getByRole('button', { name: 'Reboot' }).click()
    await page.getByRole('button', { name: 'Reboot 2 devices' }).click()
    await page.getByRole('heading', { name: 'Reboot devices' }).waitFor()
    await page.getByText('2 of 2, 0 failed').first().waitFor({ timeout: 90_000 })
  }, 150_000)

  it('removes many, and names some of them before', async () => {
    await open('?site=Mill')
    const before = (await all()).filter(({ site }) => site === 'Mill')
    await page.getByRole('checkbox', { name: /^Choose all/ }).click()
    await page.getByRole('button', { name: 'Remove' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(`and ${before.length - 8} more`).waitFor()
    await dialog.getByRole('button', { name: `Remove ${before.length} devices` }).click()
    await page.getByText(`${before.length} devices were removed`).waitFor({ timeout: 20_000 })
    expect(await all()).toHaveLength(COUNT + 3 - before.length)
    const { rows } = await api.get<{ rows: { action: string; detail: { devices?: number } }[] }>('/audit')
    expect(rows.find(({ action }) => action === 'devices.remove')?.detail.devices).toBe(before.length)
  }, 40_000)

  it.each([
    ['a desk, dark', { colorScheme: 'dark', viewport: { width: 1400, height: 880 } }],
    ['a phone, light, in Chinese', { colorScheme: 'light', locale: 'zh-CN', viewport: { width: 360, height: 740 } }],
    ['a wall screen', { colorScheme: 'light', viewport: { width: 2560, height: 1300 } }],
  ] as const)(
    'has no serious fault for assistive technology, and fits: %s',
    async (_, options) => {
      const { context, page: other } = await visitSignedIn(browser, product, { reducedMotion: 'reduce', ...options })
      await other.goto(`${product.url}/devices`)
      await other.getByRole('grid').waitFor()
      await other.locator('tbody input[type=checkbox]').first().click()
      await other.getByRole('toolbar').waitFor()
      expect(await seriousFaults(other)).toEqual([])
      expect(
        await other.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ).toBeLessThanOrEqual(0)
      await context.close()
    },
    40_000,
  )

  it.each([
    ['a desk, light', { colorScheme: 'light', locale: 'en-GB', viewport: { width: 1400, height: 880 } }],
    ['a phone, dark, in Chinese', { colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 360, height: 740 } }],
  ] as const)(
    'has no serious fault on the page of a device with its settings open, and fits: %s',
    async (_, options) => {
      const device = (await all()).find(({ state, kind }) => state.state === 'online' && kind === 'isapi')!
      const { context, page: other } = await visitSignedIn(browser, product, { reducedMotion: 'reduce', ...options })
      await other.goto(`${product.url}/devices/${device.id}`)
      await other.getByRole('button', { name: /^(Read from the device|从设备读取)$/ }).click()
      await other.getByRole('form', { name: /^(Sub stream|子码流)$/ }).waitFor()
      expect(await seriousFaults(other)).toEqual([])
      expect(
        await other.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ).toBeLessThanOrEqual(0)
      await context.close()
    },
    40_000,
  )

  it('says nothing in the browser console', () => expect(faults).toEqual([]))
})
