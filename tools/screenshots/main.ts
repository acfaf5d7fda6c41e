// SPDX-License-Identifier: Apache-2.0
/** Takes the pictures of the README anew, from the demo site in Chromium: `node tools/front-door/run.mjs tools/screenshots/main.ts`. */
import { join } from 'node:path'
import { launchBrowser, visitSignedIn } from '../../e2e/browser.ts'
import { root } from '../house/sources.ts'
import { signIn } from '../product/api.ts'
import { startProduct } from '../product/start.ts'

const shots = [
  { name: 'wall', path: '/', waitMs: 14_000, scheme: 'dark', width: 1440, height: 900 },
  { name: 'events', path: '/events', waitMs: 2000, scheme: 'light', width: 1440, height: 900 },
  { name: 'device', path: undefined, waitMs: 5000, scheme: 'dark', width: 1440, height: 900 },
  { name: 'phone', path: '/', waitMs: 5000, scheme: 'dark', width: 390, height: 844 },
] as const

await using product = await startProduct({ HMP_DEMO: '4' })
const api = await signIn(product)
const { devices } = await api.get<{ devices: { id: string }[] }>('/devices')
const browser = await launchBrowser()
for (const { name: shot, path, waitMs, scheme, width, height } of shots) {
  const look = { viewport: { width, height }, colorScheme: scheme, locale: 'en-GB' }
  const { context, page } = await visitSignedIn(browser, product, look)
  await page.goto(product.url + (path ?? `/devices/${devices[0]?.id}`))
  await page.waitForTimeout(waitMs)
  await page.screenshot({ path: join(root, 'docs/images', `${shot}.jpg`), type: 'jpeg', quality: 82 })
  await context.close()
}
await browser.close()
