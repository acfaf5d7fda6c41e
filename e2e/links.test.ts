// SPDX-License-Identifier: Apache-2.0
/** Links in a browser: a token is made, a camera joins with it, is seen, and is cut off. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@openhmp/emulator'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

/** What a browser of a loaded machine may take. */
const timeout = 30_000

describe.runIf(needs('chromium'))('links', () => {
  let product: Product
  let camera: Emulator | undefined
  let browser: Browser
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    product = await startProduct({})
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await camera?.[Symbol.asyncDispose]()
    await product?.[Symbol.asyncDispose]()
  })

  it('join by a token that is shown once, and end when they are revoked', async () => {
    await page.goto(`${product.url}/links`)
    await page.getByText('Nobody dials in yet').waitFor({ timeout })
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    const form = page.getByRole('dialog')
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Gate')
    await form.getByRole('combobox', { name: 'Site' }).fill('North')
    await form.getByRole('textbox', { name: 'Address of this server' }).fill(new URL(product.url).host)
    await form.getByRole('button', { name: 'Make a token' }).click()
    const token = await form.getByText(/^hmp1j:/).textContent({ timeout })
    expect(token).toMatch(/^hmp1j:/)
    expect(await seriousFaults(page)).toEqual([])
    // What the picture says is read off the screen by a program that nobody here wrote, in the dark, too.
    if (needs('zbarimg')) {
      const seen = join(product.dataDir, 'qr.png')
      const code = page.getByRole('img', { name: 'The token as a QR code' })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await code.screenshot({ path: seen })
        expect(execFileSync('zbarimg', ['--nodbus', '--quiet', '--raw', seen], { encoding: 'utf8' })).toBe(`${token}\n`)
      }
    }
    await form.getByRole('button', { name: 'Close' }).last().click()
    await page.getByText('Open tokens').waitFor({ timeout })
    const ports = { cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: realClock() }
    camera = await startEmulator({ ...ports, user: 'admin', password: 'Camera12345', hmp: { tokens: [token ?? ''] } })
    await page.getByText('Online', { exact: true }).waitFor({ timeout })
    expect(await page.getByText(/Site North · certificate until/).count()).toBe(1)
    expect(await page.getByText('Open tokens').count()).toBe(0)
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'What to do with Gate' }).click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await page.getByRole('menuitem', { name: 'Really cut off Gate?' }).click()
    await page.getByText(/may not come in/).waitFor({ timeout })
    await page.getByText('Away', { exact: true }).waitFor({ timeout })
    expect(faults).toEqual([])
  }, 120_000)
})
