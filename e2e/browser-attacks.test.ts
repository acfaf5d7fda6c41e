// SPDX-License-Identifier: Apache-2.0
/**
 * Attacks in a real browser, by name: scripts stored in every name that a device or a person can give, pages of another
 * site that use the operator's cookie, and scripts that somehow got into our page.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account, emulate } from '../packages/server/test/emulated.ts'
import { needs } from '../tools/needs.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { launchBrowser, visitSignedIn } from './browser.ts'

const WORLD = 'https://evil.example'
const EVIL = `"><img src=x onerror="window.__hacked=1"><script>window.__hacked=1</script>`
const SHORT = '<img src=x onerror=window.__hacked=1>'
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe.runIf(needs('chromium'))('attacks in a browser', () => {
  let product: Product
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let emulator: Awaited<ReturnType<typeof emulate>>
  let device = ''

  beforeAll(async () => {
    emulator = await emulate({ fault: 'evil-names' })
    ;[product, browser] = await Promise.all([startProduct({ HMP_ALLOW_LOOPBACK: '1' }), launchBrowser()])
    ;({ context, page } = await visitSignedIn(browser, product, { reducedMotion: 'reduce' }))
    await context.route(`${WORLD}/**`, (route) =>
      route.request().url().endsWith('.js')
        ? route.fulfill({ contentType: 'text/javascript', body: 'window.__hacked = 1' })
        : route.fulfill({ contentType: 'text/html', body: '<p>evil</p>' }),
    )
    const api = async (method: 'post' | 'patch', path: string, data: unknown, more: object = {}) => {
      const answer = await context.request[method](`${product.url}/api/v1${path}`, {
        data,
        headers: { origin: product.url, ...more },
      })
      if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`)
      return (await answer.json()) as { device: { id: string } }
    }
    const { httpUrl, rtspUrl } = emulator.devices[0]!
    const rtspPort = Number(new URL(rtspUrl).port)
    const added = await api('post', '/devices', { kind: 'isapi', address: httpUrl, rtspPort, ...account })
    device = added.device.id
    await api('patch', `/devices/${device}`, { name: EVIL.slice(0, 60), site: SHORT, tags: [SHORT] })
    await api('post', '/roles', { name: EVIL.slice(0, 60), permissions: [] })
    await api(
      'post',
      `/plans?name=${encodeURIComponent(SHORT)}&site=${encodeURIComponent(SHORT)}`,
      Buffer.from(PIXEL, 'base64'),
      {
        'content-type': 'application/octet-stream',
      },
    )
    emulator.raise(0, { type: 'VMD', state: 'active', description: EVIL, channel: 1, channelName: EVIL })
    // Whatever is asked below is asked of a page that is there.
    await page.goto(`${product.url}/devices`)
    await page.getByRole('main').waitFor()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
    await emulator?.[Symbol.asyncDispose]()
  })

  describe('stored scripts do not run', () => {
    it.each([
      ['the live pictures', '/', 'img src=x'],
      ['the list of devices', '/devices', 'img src=x'],
      ['a device', '/devices/ID', 'img src=x'],
      ['the events', '/events', 'img src=x'],
      ['the map', '/map', 'img src=x'],
      ['the people', '/people', ''],
      ['the alarms', '/alarms', ''],
      ['the activity', '/activity', ''],
    ])(
      'in %s',
      async (_, path, shows) => {
        await page.goto(product.url + path.replace('ID', device))
        await page.getByRole('main').waitFor()
        // Where the name is shown it is waited for: as text.
        if (shows !== '') await page.getByText(shows).first().waitFor({ state: 'attached' })
        expect(await page.evaluate('window.__hacked')).toBeUndefined()
        expect(await page.evaluate("document.querySelectorAll('img[src=x], main script').length")).toBe(0)
      },
      20_000,
    )
  })

  /** Runs in a page of another site, with the operator's cookie in the browser. */
  const abroad = async <T>(script: string): Promise<T> => {
    const evil = await context.newPage()
    try {
      await evil.goto(`${WORLD}/`)
      return (await evil.evaluate(script)) as T
    } finally {
      await evil.close()
    }
  }
  const stillThere = async (): Promise<boolean> =>
    (await context.request.get(`${product.url}/api/v1/devices/${device}`)).ok()

  describe('another site', () => {
    const tries = (url: string): readonly (readonly [name: string, method: string, init: string])[] => [
      ['deletes by fetch', `${url}/api/v1/devices/ID`, "{ method: 'DELETE', credentials: 'include' }"],
      ['reboots by a simple request', `${url}/api/v1/devices/ID/reboot`, "{ method: 'POST', mode: 'no-cors', credentials: 'include' }"],
      ['posts JSON as text', `${url}/api/v1/roles`, `{ method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"name":"owned","permissions":[]}' }`],
      ['posts JSON as JSON', `${url}/api/v1/roles`, `{ method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{"name":"owned","permissions":[]}' }`],
      ['signs out', `${url}/api/v1/session`, "{ method: 'DELETE', credentials: 'include' }"],
    ] // biome-ignore format: one a line
    it.each(tries('URL').map(([name], i) => [name, i] as const))('%s: nothing happens', async (_, i) => {
      const [, url, init] = tries(product.url)[i]!
      await abroad(`fetch(${JSON.stringify(url.replace('ID', device))}, ${init}).then(() => 0, () => 0)`)
      expect(await stillThere()).toBe(true)
      const { roles } = (await (await context.request.get(`${product.url}/api/v1/roles`)).json()) as {
        roles: { name: string }[]
      }
      expect(roles.some(({ name }) => name === 'owned')).toBe(false)
    })

    it.each([
      ['urlencoded', 'application/x-www-form-urlencoded'],
      ['plain text', 'text/plain'],
      ['multipart', 'multipart/form-data'],
    ])(
      'sends a form as %s: it is refused',
      async (_, type) => {
        const evil = await context.newPage()
        await evil.goto(`${WORLD}/`)
        const [answer] = await Promise.all([
          evil.waitForResponse((one) => one.url().includes('/api/v1/roles'), { timeout: 10_000 }),
          evil.evaluate(
            `(() => { const form = document.createElement('form'); form.method = 'post'; form.enctype = ${JSON.stringify(type)}; form.action = ${JSON.stringify(`${product.url}/api/v1/roles`)}; const field = document.createElement('input'); field.name = '{"name":"owned","permissions":[],"x":"'; field.value = '"}'; form.append(field); document.body.append(form); form.submit() })()`,
          ),
        ])
        expect(answer.status()).toBe(403)
        await evil.close()
      },
      15_000,
    )

    it.each(['iframe', 'object', 'embed'])(
      'frames us by <%s>: nothing is shown',
      async (tag) => {
        const evil = await context.newPage()
        await evil.goto(`${WORLD}/`)
        const source = tag === 'object' ? 'data' : 'src'
        await evil.evaluate(
          `new Promise((done) => { const one = document.createElement('${tag}'); one.onload = one.onerror = () => done(0); one.${source} = ${JSON.stringify(`${product.url}/`)}; document.body.append(one) })`,
        )
        const texts = await Promise.all(evil.frames().map((one) => one.content().catch(() => '')))
        expect(texts.some((text) => text.includes('id="root"'))).toBe(false)
        await evil.close()
      },
      15_000,
    )

    it('opens a WebSocket with our cookie: it is refused', async () => {
      const url = `${product.url.replace('https', 'wss')}/api/v1/hmp`
      const said = await abroad(
        `new Promise((done) => { const socket = new WebSocket(${JSON.stringify(url)}, 'hmp.1'); socket.onopen = () => done('open'); socket.onerror = () => done('refused') })`,
      )
      expect(said).toBe('refused')
    })

    it('follows the live feed: it is refused', async () => {
      const url = `${product.url}/api/v1/live`
      const said = await abroad(
        `new Promise((done) => { const feed = new EventSource(${JSON.stringify(url)}, { withCredentials: true }); feed.onmessage = () => done('told'); feed.onerror = () => done('refused') })`,
      )
      expect(said).toBe('refused')
    })

    it.each(['img', 'script'])('reads by <%s>: it gets nothing', async (tag) => {
      const path = tag === 'img' ? `/devices/${device}/channels/1/picture` : '/devices'
      const said = await abroad(
        `new Promise((done) => { const one = document.createElement('${tag}'); one.onload = () => done('loaded'); one.onerror = () => done('refused'); one.src = ${JSON.stringify(`${product.url}/api/v1${path}`)}; document.body.append(one) })`,
      )
      expect(said).toBe('refused')
    })

    it('keeps a handle of our window and posts to it: it has none', async () => {
      const evil = await context.newPage()
      await evil.goto(`${WORLD}/`)
      const opened = context.waitForEvent('page')
      await evil.evaluate(`window.handle = window.open(${JSON.stringify(`${product.url}/devices`)}); 0`)
      const ours = await opened
      await ours.getByRole('main').waitFor()
      expect(await ours.evaluate('window.opener')).toBeNull()
      expect(await evil.evaluate('window.handle.closed')).toBe(true)
      await ours.close()
      await evil.close()
    }, 20_000)
  })

  describe('a script that got into our page', () => {
    it.each([
      ['cannot be inline', `const one = document.createElement('script'); one.textContent = 'window.__hacked = 1'; document.head.append(one)`],
      ['cannot be an attribute', `const one = document.createElement('div'); one.setAttribute('onclick', 'window.__hacked = 1'); document.body.append(one); one.click()`],
      ['cannot come from elsewhere', `const one = document.createElement('script'); one.src = '${WORLD}/x.js'; document.head.append(one)`],
      ['cannot be written as tags', `const one = document.createElement('div'); document.body.append(one); one.innerHTML = '<b>x</b>'; if (one.childElementCount > 0) window.__hacked = 1`],
      ['cannot be a worker from elsewhere', `new Worker('${WORLD}/x.js'); window.__hacked = 1`],
      ['cannot make rules of its own', `trustedTypes.createPolicy('mine', { createHTML: (text) => text }); window.__hacked = 1`],
      ['cannot evaluate text', `try { (0, eval)('window.__hacked = 1') } catch {}`],
      ['cannot make functions of text', `try { new Function('window.__hacked = 1')() } catch {}`],
      ['cannot move the base of links', `const one = document.createElement('base'); one.href = '${WORLD}/'; document.head.append(one); if (document.baseURI.startsWith('${WORLD}')) window.__hacked = 1`],
    ])('%s', async (_, script) => {
      // By a timer: what the debugger runs itself may evaluate text.
      await page.evaluate(`new Promise((done) => setTimeout(() => { try { ${script} } catch {} setTimeout(done, 20) }))`)
      expect(await page.evaluate('window.__hacked')).toBeUndefined()
    }) // biome-ignore format: one a line

    it('cannot tell the world', async () => {
      const said = await page.evaluate(`fetch('${WORLD}/take').then(() => 'told', () => 'refused')`)
      expect(said).toBe('refused')
    })

    it('cannot read the cookie', async () => {
      expect(await page.evaluate('document.cookie')).not.toContain('hmp')
      const [cookie] = (await context.cookies(product.url)).filter(({ name }) => name.includes('hmp'))
      expect(cookie).toMatchObject({ httpOnly: true, secure: true, path: '/' })
      expect(cookie!.name).toMatch(/^__Host-/)
    })
  })

  it('private media and answers are not kept by caches', async () => {
    for (const path of ['/devices', `/devices/${device}`, `/devices/${device}/channels/1/picture`]) {
      const answer = await context.request.get(`${product.url}/api/v1${path}`)
      expect(answer.headers()['cache-control'], path).toMatch(/no-store|private/)
    }
  })
})
