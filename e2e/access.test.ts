// SPDX-License-Identifier: Apache-2.0
/**
 * The console for everybody: axe finds nothing serious on any page, in both schemes and languages, and no page scrolls
 * sideways from 360 px to 4K.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

const pages = ['/', '/devices', '/devices/add', '/events', '/activity'] as const
const sizes = [
  { width: 360, height: 740 },
  { width: 1440, height: 900 },
  { width: 3840, height: 2160 },
] as const

describe.runIf(needs('chromium'))('the console', () => {
  let product: Product
  let browser: Browser

  beforeAll(async () => {
    product = await startProduct({ HMP_DEMO: '2' })
    browser = await launchBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
  })

  const open = async (
    options: Parameters<Browser['newContext']>[0],
  ): Promise<{ page: Page; close: () => Promise<void> }> => {
    const { context, page } = await visitSignedIn(browser, product, { reducedMotion: 'reduce', ...options })
    return { page, close: () => context.close() }
  }
  /** Opens a page of the console, and makes sure that it is that page and not the sign-in. */
  const go = async (page: Page, path: string): Promise<void> => {
    await page.goto(product.url + path)
    await page.getByRole('main').waitFor()
    await page.getByRole('navigation').first().waitFor()
    expect(new URL(page.url()).pathname).toBe(path)
  }

  it.each([
    ['light', 'en-GB'],
    ['dark', 'zh-CN'],
  ] as const)(
    'has no serious fault for assistive technology (%s, %s)',
    async (colorScheme, locale) => {
      const { page, close } = await open({ colorScheme, locale })
      for (const path of pages) {
        await go(page, path)
        expect(await seriousFaults(page), path).toEqual([])
        expect(await page.evaluate('document.documentElement.lang'), path).toBe(locale === 'zh-CN' ? 'zh-CN' : 'en')
      }
      await close()
    },
    90_000,
  )

  it.each(sizes)(
    'fits $width x $height without scrolling sideways',
    async (viewport) => {
      const { page, close } = await open({ viewport })
      for (const path of pages) {
        await go(page, path)
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect(overflow, path).toBeLessThanOrEqual(0)
      }
      await close()
    },
    60_000,
  )
})
