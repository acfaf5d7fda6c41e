// SPDX-License-Identifier: Apache-2.0
/** Second proofs in Chromium: an authenticator app, a passkey of its virtual authenticator, recovery codes, a screen of a control room. */
import { createHmac } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visit, visitSignedIn } from './browser.ts'

const timeout = 30_000

/** What an authenticator app would show (RFC 6238), written down here once more on purpose. Each code is later than the one before. */
const codeNow = (base32: string, offset = 0): string => {
  const bits = [...base32].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  )
  const counter = Buffer.alloc(8)
  counter.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + offset))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

describe.runIf(needs('chromium'))('second proofs', () => {
  let product: Product
  let browser: Browser
  let page: Page
  let faults: string[]
  let secret: string
  let recovery: string[]

  beforeAll(async () => {
    product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
    // A finger that is always there (WebAuthn level 3, section 11).
    const devTools = await page.context().newCDPSession(page)
    await devTools.send('WebAuthn.enable')
    await devTools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified: true, automaticPresenceSimulation: true },
      },
    })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
  })

  const card = () => page.getByRole('region', { name: 'Second proof' })
  const signOut = async () => {
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Name', { exact: true }).waitFor({ timeout })
  }
  const password = async (on = page) => {
    await on.getByLabel('Name', { exact: true }).fill('admin')
    await on.getByLabel('Password', { exact: true }).fill(product.password)
    await on.keyboard.press('Enter')
    await on.getByRole('heading', { name: 'One more step' }).waitFor({ timeout })
  }
  const isIn = (on = page) => on.getByRole('navigation', { name: 'Main' }).waitFor({ timeout })

  it('an authenticator app is added by its first code, and recovery codes are shown once', async () => {
    await page.goto(`${product.url}/account`)
    await card().getByRole('button', { name: 'Add' }).first().click()
    await card().getByRole('img', { name: 'QR code of the secret' }).waitFor({ timeout })
    secret = ((await card().locator('p code').textContent()) ?? '').replaceAll(' ', '')
    await card().getByLabel('Code of the app').fill('000000')
    await card().getByRole('button', { name: 'Turn on' }).click()
    await card()
      .getByRole('alert')
      .getByText(/not right/)
      .waitFor({ timeout })
    await card().getByLabel('Code of the app').fill(codeNow(secret))
    await card().getByRole('button', { name: 'Turn on' }).click()
    await card().getByText('I have kept them').waitFor({ timeout })
    recovery = await card().locator('ol code').allInnerTexts()
    expect(new Set(recovery).size).toBe(10)
    expect(await seriousFaults(page)).toEqual([])
    await card().getByText('I have kept them').click()
    await card().getByText('10 are left').waitFor({ timeout })
  }, 120_000)

  it('the password leads to the code, the code to the console', async () => {
    await signOut()
    await password()
    await page.getByLabel('Code of the app').fill(codeNow(secret, 1))
    await page.keyboard.press('Enter')
    await isIn()
  }, 120_000)

  it('a recovery code lets in who has no app at hand, once', async () => {
    for (const isFirst of [true, false]) {
      const { page: other, context } = await visit(browser, { locale: 'en-GB' })
      await other.goto(product.url)
      await password(other)
      await other.getByRole('button', { name: 'I do not have the app at hand' }).click()
      await other.getByLabel('Recovery code').fill(recovery[0]!.toLowerCase())
      await other.keyboard.press('Enter')
      await (isFirst ? isIn(other) : other.getByText(/not right, or was used before/).waitFor({ timeout }))
      await context.close()
    }
  }, 120_000)

  it('a passkey signs in by itself', async () => {
    await page.goto(`${product.url}/account`)
    await card().getByRole('button', { name: 'Add' }).last().click()
    await card().getByLabel('What shall it be called?').fill('Blue key')
    await card().getByRole('button', { name: 'Make the passkey' }).click()
    await card().getByText('Blue key').waitFor({ timeout })
    await signOut()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await isIn()
    await page.goto(`${product.url}/account`)
    await card()
      .getByText(/last used/)
      .waitFor({ timeout })
  }, 120_000)

  it('a browser becomes a screen of a control room, which can do nothing else', async () => {
    await page.getByRole('textbox', { name: 'Name of the screen' }).fill('North wall')
    await page.getByRole('button', { name: 'Make this browser a screen' }).click()
    await page.waitForURL(`${product.url}/`, { timeout })
    await isIn()
    const places = await page.getByRole('navigation', { name: 'Main' }).getByRole('listitem').allInnerTexts()
    expect(places.map((text) => text.trim())).toEqual(['Live', 'Devices', 'Alarms', 'Events', 'Plans'])
    const cookies = await page.context().cookies(product.url)
    expect(cookies.some(({ expires }) => expires > Date.now() / 1000 + 300 * 86_400)).toBe(true)
    const refused = await page.evaluate(async () => (await fetch('/api/v1/account')).status)
    expect(refused).toBe(403)
    // What is refused is said in the browser's console, too: the wrong codes, and the account that a screen has not.
    expect(faults.filter((fault) => !/status of (40[0139]|422)/.test(fault))).toEqual([])
  }, 120_000)
})
