// SPDX-License-Identifier: Apache-2.0
/** Events in a browser: found by words and kind, counted, given as a file; a rule that tells a receiver; for everybody. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { seriousFaults } from './axe.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

describe.runIf(needs('chromium'))('events', () => {
  let product: Product
  let browser: Browser
  let page: Page
  let faults: string[]
  let receiver: Server
  const got: string[] = []

  beforeAll(async () => {
    receiver = createServer(async (request, response) => {
      let body = ''
      for await (const part of request.setEncoding('utf8')) body += part
      got.push(body)
      response.writeHead(204).end()
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    product = await startProduct({ HMP_DEMO: '2', HMP_ALLOW_LOOPBACK: '1' })
    browser = await launchBrowser()
    ;({ page, faults } = await visitSignedIn(browser, product, { locale: 'en-GB' }))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
    await new Promise((resolve) => receiver.close(resolve))
  })

  it('are counted, and found by words that stay in the address', async () => {
    await page.goto(`${product.url}/events`)
    await page
      .getByRole('link', { name: /Main gate/ })
      .first()
      .waitFor({ timeout: 40_000 })
    await page
      .getByRole('link', { name: /Car park north/ })
      .first()
      .waitFor({ timeout: 40_000 })
    await page.getByRole('region', { name: /^When: / }).waitFor()
    await page.getByRole('textbox', { name: 'Camera, description, number plate' }).fill('PARK north')
    await expect.poll(() => page.getByRole('link', { name: /Main gate/ }).count()).toBe(0)
    expect(await page.getByRole('link', { name: /Car park north/ }).count()).toBeGreaterThan(0)
    expect(page.url()).toContain('text=PARK')
    await page.reload()
    await page
      .getByRole('link', { name: /Car park north/ })
      .first()
      .waitFor()
    await page.getByRole('textbox', { name: 'Camera, description, number plate' }).fill('zebra')
    await page.getByText('No events match').waitFor()
  }, 120_000)

  it('stand on the timeline of their camera, from where the list shows those around', async () => {
    await page.goto(`${product.url}/devices`)
    await page
      .getByRole('link', { name: /Main gate/ })
      .first()
      .click()
    const timeline = page.getByRole('region', { name: 'Timeline' })
    await timeline.getByText('1 h', { exact: true }).click()
    const bar = timeline.getByRole('button', { name: /Motion/ }).last()
    await bar.focus()
    await page.keyboard.press('+')
    await timeline
      .getByRole('button', { name: /Motion/ })
      .last()
      .waitFor()
    expect(await seriousFaults(page)).toEqual([])
    await timeline.getByRole('link', { name: 'Show in the list of events' }).click()
    await page.getByRole('heading', { name: 'Events' }).waitFor()
    expect(page.url()).toMatch(/device=.+from=/)
    await page
      .getByRole('link', { name: /Main gate/ })
      .first()
      .waitFor()
  }, 120_000)

  it('are given as a file', async () => {
    await page.goto(`${product.url}/events`)
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Table (CSV)' }).click(),
    ])
    expect([download.suggestedFilename(), await download.failure()]).toEqual(['events.csv', null])
    let text = ''
    for await (const part of (await download.createReadStream()).setEncoding('utf8')) text += part
    expect(text).toMatch(/^time,ended,state,kind,.*\r\n.*,motion,VMD,/)
  }, 60_000)

  it('are told to a receiver by a rule that is made here', async () => {
    await page.goto(`${product.url}/events`)
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByText('No rules yet').waitFor()
    await page.getByRole('button', { name: 'New target' }).click()
    const form = page.getByRole('dialog')
    await form.getByText('Webhook', { exact: true }).click()
    await form.getByRole('textbox', { name: 'Name' }).fill('Guard room')
    const { port } = receiver.address() as AddressInfo
    await form.getByRole('textbox', { name: 'Address' }).fill(`http://127.0.0.1:${port}/`)
    await form.getByRole('button', { name: 'Save' }).click()
    const secret = page.getByRole('textbox', { name: 'Secret of this target' })
    expect(await secret.inputValue()).toMatch(/^[\w-]{32}$/)
    await form.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByText('The receiver has taken it').waitFor()

    await page.getByRole('button', { name: 'New rule' }).click()
    await form.getByRole('textbox', { name: 'Name' }).fill('Everything')
    await form.getByText(/In the last 7 days it would have fired \d+ time/).waitFor()
    expect(await seriousFaults(page)).toEqual([])
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByText('When anything begins at any camera').waitFor()
    await expect.poll(() => got.some((body) => JSON.parse(body).moment === 'began'), { timeout: 60_000 }).toBe(true)
    await page.getByText('Guard room: Taken').first().waitFor({ timeout: 30_000 })
    for (const path of ['/events', '/events/rules']) {
      await page.goto(product.url + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(await seriousFaults(page)).toEqual([])
    }
  }, 120_000)

  it('are shown by the browser while no page asks, under the policy in force', async () => {
    const origin = product.url
    await page.context().grantPermissions(['notifications'], { origin })
    await page.goto(`${origin}/events/rules`)
    await page.evaluate("navigator.serviceWorker.register('/push-worker.js').then(() => true)")
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
    const devtools = await page.context().newCDPSession(page)
    const known = new Promise<string>((resolve) => {
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const own = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`)
        if (own) resolve(own.registrationId)
      })
    })
    await devtools.send('ServiceWorker.enable')
    const data = JSON.stringify({ id: 'd1', title: 'Night', text: 'Main gate', time: 0 })
    const registrationId = await known
    for (let i = 0; i < 2; i++)
      await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data })
    const shown = 'navigator.serviceWorker.ready.then((worker) => worker.getNotifications())'
    const notes = () =>
      page.evaluate<string[][]>(`${shown}.then((all) => all.map(({ title, body, tag }) => [title, body, tag]))`)
    await expect.poll(notes, { timeout: 15_000 }).toEqual([['Night', 'Main gate', 'd1']])
  }, 60_000)

  it('leave the console of the browser empty', () => {
    expect(faults).toEqual([])
  })
})
