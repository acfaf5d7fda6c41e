// SPDX-License-Identifier: Apache-2.0
/**
 * What a person clicks beside the first minutes, in a browser, at real emulated cameras: signing in and out with its errors,
 * adding in each way with what can go wrong, changing and removing, the settings at the device, a server that goes away and
 * comes back, the setup code that is used up, and the end of the demo site.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Emulator, startEmulator } from '@openhmp/emulator'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../tools/house/sources.ts'
import { needs } from '../tools/needs.ts'
import { freePort, type Product, startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'
import { launchBrowser, visit } from './browser.ts'
import { live, moving } from './painted.ts'

const CAMERA_PASSWORD = 'emulated cameras only'
const LOOPBACK = { HMP_ALLOW_LOOPBACK: '1' }

const signIn = async (page: Page, password: string): Promise<void> => {
  await page.getByLabel('Name', { exact: true }).fill('admin')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

describe.runIf(needs('chromium'))('clicking through', () => {
  let product: Product
  let browser: Browser
  let page: Page
  let site: Emulator
  let dialling: ChildProcess | undefined

  beforeAll(async () => {
    product = await startProduct(LOOPBACK)
    site = await startEmulator({
      ...{ cameras: 2, recorders: 0, httpPort: 0, rtspPort: 0, user: 'admin', password: CAMERA_PASSWORD },
      clock: realClock(),
    })
    browser = await launchBrowser()
    ;({ page } = await visit(browser, { locale: 'en-GB' }))
  }, 120_000)
  afterAll(async () => {
    if (dialling?.pid !== undefined && dialling.exitCode === null) process.kill(-dialling.pid, 'SIGTERM')
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await product?.[Symbol.asyncDispose]()
  })

  const alert = () => page.getByRole('alert').filter({ visible: true }).first()
  const addressOf = (i: number) => new URL(site.devices[i]!.httpUrl).host
  const rtspOf = (i: number) => site.devices[i]!.rtspUrl
  const add = async (way: RegExp) => {
    await page.goto(`${product.url}/devices/add`)
    await page.getByRole('radio', { name: way }).check({ force: true })
  }
  const title = (name: string) => page.getByRole('heading', { level: 1, name })
  const openMenu = async (item: string) => {
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }

  it('says what is wrong at the door, lets in, lets out, and comes back to where one wanted to go', async () => {
    await page.goto(`${product.url}/events`)
    await signIn(page, 'not the password at all')
    await page.getByText('The name or the password is wrong').waitFor()
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('')
    await signIn(page, product.password)
    await title('Events').waitFor()
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto(`${product.url}/devices`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await signIn(page, product.password)
    await title('Devices').waitFor()
  }, 30_000)

  it('says so where nothing listens, and where the password is wrong; a look comes before the adding', async () => {
    await add(/^Address and account/)
    const fill = async (address: string, password: string) => {
      await page.getByLabel('Address', { exact: true }).fill(address)
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Look at it' }).click()
    }
    await fill(`127.0.0.1:${await freePort()}`, 'whatever it may be')
    await alert()
      .getByText(/nothing listens there/)
      .waitFor()
    await fill(addressOf(0), 'not the password')
    await alert()
      .getByText(/password/i)
      .waitFor()
    await fill(addressOf(1), CAMERA_PASSWORD)
    await page.getByRole('status', { name: 'Found' }).waitFor()
    await page.getByRole('button', { name: 'Add to the system' }).click()
    await page.getByRole('heading', { name: 'Information' }).waitFor()
    await expect.poll(() => moving(page), { timeout: 20_000 }).toBe(1)
  }, 60_000)

  it('changes settings at the device, shows what was read back, and why one was refused', async () => {
    await page.getByRole('button', { name: 'Read from the device' }).click()
    const clock = page.getByRole('form', { name: 'Clock' })
    await clock.getByLabel('Time zone').fill('CST-2:00:00')
    await clock.getByRole('button', { name: 'Change' }).click()
    await clock.getByText('Changed, and read back as told').waitFor()
    expect(site.device(1).settings.get('/System/time', '/timeZone')).toBe('CST-2:00:00')
    await clock.getByLabel('Time zone').fill('noon')
    await clock.getByRole('button', { name: 'Change' }).click()
    await clock.getByText(/time\.timeZone: a zone such as/).waitFor()
    const stream = page.getByRole('form', { name: 'Main stream' })
    const rate = stream.getByRole('combobox', { name: 'Pictures a second' })
    const before = await rate.inputValue()
    await rate.click()
    const option = page.getByRole('option').filter({ visible: true }).filter({ hasNotText: before }).first()
    const chosen = await option.textContent()
    await option.click()
    await stream.getByRole('button', { name: 'Change' }).click()
    await stream.getByText(/read back as told|the device made it/).waitFor()
    await expect.poll(() => rate.inputValue()).toBe(chosen)
  }, 40_000)

  it('gives a device another name, site and tags, another address, and takes it away', async () => {
    await openMenu('Change')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('Quay camera')
    await dialog.getByRole('combobox', { name: 'Site' }).fill('Harbour')
    await dialog.getByRole('combobox', { name: 'Tags' }).fill('night')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await title('Quay camera').waitFor()
    await page.getByText('Harbour', { exact: true }).waitFor()
    await openMenu('Change')
    await dialog.getByLabel('Address', { exact: true }).fill(addressOf(0))
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page
      .getByRole('definition')
      .filter({ hasText: addressOf(0) })
      .waitFor()
    await page.locator('header [data-state="online"]').first().waitFor({ timeout: 20_000 })
    await openMenu('Change')
    await dialog.getByRole('textbox', { name: 'Password' }).fill('not the password')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page
      .locator('header [data-state="refused"], header [data-state="locked"]')
      .first()
      .waitFor({ timeout: 20_000 })
    await openMenu('Remove')
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Quay camera was removed').waitFor()
    await title('Devices').waitFor()
    expect(await page.getByText('Quay camera', { exact: true }).count()).toBe(0)
  }, 60_000)

  it('adds a plain RTSP address', async () => {
    await add(/^RTSP address/)
    const url = new URL(rtspOf(1))
    await page.getByLabel('RTSP address', { exact: true }).fill(url.href)
    await page.getByRole('textbox', { name: 'User name (optional)' }).fill('admin')
    await page.getByRole('textbox', { name: 'Password (optional)' }).fill(CAMERA_PASSWORD)
    await page.getByRole('textbox', { name: 'Name (optional)', exact: true }).fill('Plain camera')
    await page.getByRole('button', { name: 'Look at it' }).click()
    await page.getByRole('button', { name: 'Add to the system' }).click({ timeout: 15_000 })
    await title('Plain camera').waitFor()
    await expect.poll(() => moving(page), { timeout: 20_000 }).toBe(1)
  }, 60_000)

  it('shows a command for a device that dials in, and its picture once the command is run', async () => {
    await add(/^HMP dial-in/)
    await page.getByRole('textbox', { name: 'Name (optional)' }).fill('Dialling camera')
    await page.getByRole('button', { name: 'Make a token' }).click()
    const command = await page.getByRole('textbox', { name: 'For the software device, for example:' }).textContent()
    expect(command).toMatch(/^npx hmp emulate .*--join \S+$/)
    const [program, ...options] = command!.trim().split(/\s+/)
    // As shown, with ports of its own: other tests may use the usual ones.
    const ports = ['--http-port', String(await freePort()), '--rtsp-port', String(await freePort())]
    dialling = spawn(program!, [...options, ...ports], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await page.getByText('The device is here').waitFor({ timeout: 30_000 })
    await page.getByRole('link', { name: 'Open the device' }).click()
    await title('Dialling camera').waitFor()
    await expect.poll(() => moving(page), { timeout: 20_000 }).toBe(1)
  }, 90_000)

  it('says that the server is away, and goes on by itself when it is back', async () => {
    const painted = async () => (await live(page)).reduce((sum, view) => sum + view.framesPainted, 0)
    await product.kill('SIGTERM')
    await page.getByText('Connection to the server lost').waitFor({ timeout: 15_000 })
    product = await startProduct(LOOPBACK, product)
    await page.getByText('Connection to the server lost').waitFor({ state: 'hidden', timeout: 30_000 })
    const before = await painted()
    await expect.poll(painted, { timeout: 30_000 }).toBeGreaterThan(before + 15)
    if (dialling?.pid !== undefined && dialling.exitCode === null) {
      process.kill(-dialling.pid, 'SIGTERM')
      await once(dialling, 'close')
    }
    await page.locator('header [data-state="unreachable"]').first().waitFor({ timeout: 20_000 })
  }, 100_000)
})

describe.runIf(needs('chromium'))('the first run, gone wrong and right', () => {
  let product: Product
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    product = await startProduct({ HMP_ADMIN_PASSWORD: '' })
    browser = await launchBrowser()
    ;({ page } = await visit(browser, { locale: 'en-GB' }))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
  })

  it('takes five wrong codes and no more; the next code is printed, and works', async () => {
    const [first] = await product.printed(/https:\/\/\S+\/setup#code=\S+/, 10_000)
    await page.goto(first)
    await page.getByLabel('Your name for signing in').fill('Ada')
    await page.getByLabel('Password', { exact: true }).fill('four unrelated words here')
    await page.getByLabel('Password again').fill('four unrelated words here')
    for (let i = 1; i <= 5; i++) {
      await page.getByLabel('Setup code').fill(`WRONG-CODE${i}`)
      const answered = page.waitForResponse(
        (answer) => answer.url().endsWith('/setup') && answer.request().method() === 'POST',
      )
      await page.getByRole('button', { name: 'Create administrator' }).click()
      expect((await answered).status()).toBe(403)
    }
    await page.getByText(/too many wrong codes/i).waitFor()
    const links = () => [...product.output().matchAll(/https:\/\/\S+\/setup#code=(\S+)/g)].map(([, code]) => code!)
    await expect.poll(() => links().at(-1)).not.toBe(links()[0])
    await page.getByLabel('Setup code').fill(links().at(-1)!)
    await page.getByRole('button', { name: 'Create administrator' }).click()
    await page.getByRole('heading', { name: /Let’s get a picture/ }).waitFor({ timeout: 10_000 })
  }, 40_000)

  it('starts the demo site, and stops it again', async () => {
    await page.getByRole('button', { name: 'Start the demo' }).click()
    await expect.poll(() => moving(page), { timeout: 40_000 }).toBe(4)
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('button', { name: 'Stop the demo site' }).click()
    await page.getByText('The demo site was stopped').waitFor({ timeout: 20_000 })
    await page.getByRole('heading', { name: /Let’s get a picture/ }).waitFor({ timeout: 20_000 })
  }, 80_000)
})
