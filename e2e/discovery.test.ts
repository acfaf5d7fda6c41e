// SPDX-License-Identifier: Apache-2.0
/** Devices found by a range and added with one account, in a browser: new ones, a known one, one with another password, one without any. */
import { type Emulator, startEmulator } from '@openhmp/emulator'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../packages/client/src/clock.ts'
import { needs } from '../tools/needs.ts'
import { type Api, signIn } from '../tools/product/api.ts'
import { freePort, type Product, startProduct } from '../tools/product/start.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

const PASSWORD = 'Camera12345'
/** Addresses of this machine besides 127.0.0.1: Linux has them all. */
const hosts = Array.from({ length: 8 }, (_, i) => `127.0.0.${i + 17}`)
const [known, other, fresh, ...plain] = hosts as [string, string, string, ...string[]]

describe.runIf(needs('chromium') && process.platform === 'linux')('devices of a network', () => {
  let product: Product
  let api: Api
  let browser: Browser
  let page: Page
  let faults: string[]
  let httpPort: number
  const emulators: Emulator[] = []

  beforeAll(async () => {
    httpPort = await freePort()
    for (const host of hosts)
      emulators.push(
        await startEmulator({
          ...{ cameras: 1, recorders: 0, host, httpPort, rtspPort: 0, user: 'admin', clock: systemClock },
          password: host === other ? 'Another12345' : PASSWORD,
          isActivated: host !== fresh,
        }),
      )
    product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
    api = await signIn(product)
    await api.post('/devices', { kind: 'isapi', address: `${known}:${httpPort}`, password: PASSWORD })
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
    for (const emulator of emulators) await emulator[Symbol.asyncDispose]()
  })

  const row = (host: string) => page.getByRole('listitem').filter({ hasText: `${host}:${httpPort}` })

  it('are found, each with what it is', async () => {
    await page.goto(`${product.url}/devices`)
    await page.getByRole('link', { name: 'Find devices' }).click()
    await page.getByRole('heading', { level: 1, name: 'Find devices' }).waitFor()
    await page.getByRole('switch', { name: 'Ask the networks' }).uncheck({ force: true })
    await page.getByRole('combobox', { name: 'Address range' }).fill('127.0.0.16/28')
    await page.getByLabel('HTTP ports').fill(String(httpPort))
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByText('Search ended').waitFor({ timeout: 30_000 })
    expect(await page.getByRole('list', { name: 'Found devices' }).getByRole('listitem').count()).toBe(hosts.length)
    await row(known).getByText('Already added').waitFor()
    await row(fresh).getByText('No password yet').waitFor()
    for (const host of [other, ...plain]) await row(host).getByText('New', { exact: true }).waitFor()
    expect(await row(known).getByRole('checkbox').isDisabled()).toBe(true)
    expect(await seriousFaults(page)).toEqual([])
  }, 60_000)

  it('get their first password where they have none', async () => {
    await page.getByRole('button', { name: 'Give a first password' }).click()
    await page.getByLabel('First password of admin').fill('admin1234')
    await page.getByRole('button', { name: 'Give it to 1 device' }).click()
    await page.getByText('without spaces').waitFor()
    await page.getByLabel('First password of admin').fill(PASSWORD)
    await page.getByLabel('Password again').fill(PASSWORD)
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Give it to 1 device' }).click()
    await row(fresh).getByText('New', { exact: true }).waitFor()
    expect(await page.getByText('no password yet').count()).toBe(0)
  }, 60_000)

  it('are added with one account; each says how it went', async () => {
    await page.getByRole('checkbox', { name: 'Choose all 7 new ones' }).click()
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Add 7 devices' }).click()
    for (const host of [fresh, ...plain]) await row(host).getByText('Added as').waitFor({ timeout: 30_000 })
    await row(other).getByText('refuses this user').waitFor()
    const { devices } = await api.get<{ devices: { address: string }[] }>('/devices')
    expect(devices.map(({ address }) => new URL(address).hostname).toSorted()).toEqual(
      [known, fresh, ...plain].toSorted(),
    )
    expect(await seriousFaults(page)).toEqual([])
    await page.getByLabel('Password', { exact: true }).fill('Another12345')
    await page.getByRole('button', { name: 'Add 1 device' }).click()
    await row(other).getByText('Added as').waitFor()
    await row(other).getByRole('link').click()
    await page.getByText('Online').first().waitFor({ timeout: 20_000 })
    expect(faults).toEqual([])
  }, 60_000)
})
