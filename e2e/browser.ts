// SPDX-License-Identifier: Apache-2.0
/** Debian's Chromium under playwright-core, headless, kept from calling home. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      // A context's `ignoreHTTPSErrors` does not reach a download that opens a connection of its own.
      '--ignore-certificate-errors',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
    ],
  })

/** A fresh visitor; page errors and failed requests of the page are collected. */
export const visit = async (
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; faults: string[] }> => {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1440, height: 900 },
    ...options,
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`)
  })
  return { context, page, faults }
}

/** As `visit`, signed in as the administrator. */
export const visitSignedIn = async (
  browser: Browser,
  { url, password }: { readonly url: string; readonly password: string },
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; faults: string[] }> => {
  const visitor = await visit(browser, options)
  const answer = await visitor.context.request.post(`${url}/api/v1/session`, {
    data: { name: 'admin', password },
    headers: { origin: url },
  })
  if (!answer.ok()) throw new Error(`sign-in: ${answer.status()} ${await answer.text()}`)
  // As the sign-in page leaves it: a visitor without this mark is not asked for a session at all.
  await visitor.context.addInitScript("localStorage.setItem('openhmp.signedIn', '1')")
  return visitor
}
