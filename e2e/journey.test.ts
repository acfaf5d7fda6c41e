// SPDX-License-Identifier: Apache-2.0
/**
 * A newcomer's first minutes, in a real browser: `npm start` with four emulated cameras, moving pictures over RTSP and HMP,
 * sound, events as they happen, a reboot seen from both ends, and a camera that no one here wrote.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Device } from '@openhmp/contract'
import { type Emulator, startEmulator } from '@openhmp/emulator'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../tools/needs.ts'
import { type Api, signIn } from '../tools/product/api.ts'
import { freePort, type Product, startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'
import { launchBrowser, visit } from './browser.ts'
import { live, type View } from './painted.ts'

const clock = realClock()
const PASSWORD = 'emulated cameras only'
/** Asks until it holds; the last answer is in the error. */
const until = async <T>(
  what: string,
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  withinMs: number,
): Promise<T> => {
  const end = performance.now() + withinMs
  while (true) {
    const value = await ask()
    if (holds(value)) return value
    if (performance.now() > end)
      throw new Error(`${what}: not within ${withinMs} ms: ${JSON.stringify(value).slice(0, 1500)}`)
    await sleep(50)
  }
}

describe.runIf(needs('chromium'))('the first minutes', () => {
  let product: Product
  let api: Api
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: string[]
  let site: Emulator
  let gstreamer: ChildProcess | undefined

  beforeAll(async () => {
    product = await startProduct({ HMP_DEMO: '4', HMP_ALLOW_LOOPBACK: '1' })
    site = await startEmulator({
      ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, user: 'admin', password: PASSWORD },
      clock,
    })
    browser = await launchBrowser()
    ;({ context, page, faults } = await visit(browser))
    api = await signIn(product)
  }, 180_000)

  afterAll(async () => {
    gstreamer?.kill('SIGKILL')
    await context?.close()
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await product?.[Symbol.asyncDispose]()
  })

  it('signs in and sees four moving pictures, over RTSP and over HMP, H.264 and MJPEG', async () => {
    await page.goto(product.url)
    await page.getByLabel('Name', { exact: true }).fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(product.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const moving = (views: View[]) => views.filter(({ framesPainted }) => framesPainted >= 25)
    const views = await until(
      'four moving pictures',
      () => live(page),
      (all) => moving(all).length >= 4,
      60_000,
    )
    expect(new Set(views.map(({ codec }) => codec))).toEqual(new Set(['h264', 'mjpeg']))
    const { devices } = await api.get<{ devices: Device[] }>('/devices')
    expect(new Set(devices.map(({ kind }) => kind))).toEqual(new Set(['isapi', 'hmp']))
    expect(devices.every(({ isDemo }) => isDemo)).toBe(true)
    // They go on moving: decoded frames are counted, not assumed.
    const before = await live(page)
    const goesOn = (view: View, i: number) => view.framesDecoded > before[i]!.framesDecoded + 4
    await until(
      'pictures that go on',
      () => live(page),
      (all) => all.every(goesOn),
      5000,
    )
  }, 90_000)

  it('hears one of them', async () => {
    await page
      .getByRole('button', { name: /^Sound on/ })
      .first()
      .click()
    await until(
      'sound',
      () => live(page),
      (views) => views.some((view) => view.audioSamples > 8000 && view.audioPeak > 0.01),
      20_000,
    )
  }, 30_000)

  it('shows an event within a second of the camera raising it', async () => {
    const { host } = new URL(site.devices[0]!.httpUrl)
    const rtspPort = Number(new URL(site.devices[0]!.rtspUrl).port)
    await api.post('/devices', {
      kind: 'isapi',
      name: 'Test gate',
      address: host,
      userName: 'admin',
      password: PASSWORD,
      rtspPort,
    })
    await until(
      'the device is online',
      () => api.get<{ devices: Device[] }>('/devices'),
      ({ devices }) => devices.some(({ name, state }) => name === 'Test gate' && state.state === 'online'),
      15_000,
    )
    // Both ways stand before the alarm: one that was raised before is another story.
    const following = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/live'))
    await page.goto(`${product.url}/events`)
    await page.getByRole('heading', { name: 'Events' }).first().waitFor()
    await following
    await until(
      'the alert stream is open',
      async () => site.device(0).events.listeners,
      (count) => count > 0,
      10_000,
    )
    const row = page.getByText('Alarm input').filter({ visible: true }).first()
    const from = performance.now()
    site.raise(0, { type: 'IO', state: 'active', description: 'IO alarm', input: 1 })
    await row.waitFor({ timeout: 5000 })
    const tookMs = performance.now() - from
    expect(tookMs).toBeLessThan(1000)
  }, 60_000)

  it('reboots a camera from its page, which sees it go and come back', async () => {
    const { devices } = await api.get<{ devices: Device[] }>('/devices')
    const camera = devices.find(({ name }) => name === 'Test gate')!
    const seen: string[] = []
    using _watch = site.device(0).onPower((power) => seen.push(power))
    await page.goto(`${product.url}/devices/${camera.id}`)
    await page.getByRole('button', { name: 'Reboot' }).click()
    await page.getByRole('button', { name: 'Reboot now' }).click()
    await page.getByText('Back and verified').first().waitFor({ timeout: 60_000 })
    expect(seen).toEqual(['down', 'up'])
    const { orders } = await api.get<{ orders: { state: string; device: string }[] }>(`/orders?device=${camera.id}`)
    expect(orders[0]).toMatchObject({ state: 'done', device: camera.id })
    const { rows } = await api.get<{ rows: { action: string; object: string | null }[] }>('/audit')
    expect(rows.some(({ action }) => action === 'device.reboot')).toBe(true)
  }, 90_000)

  it.runIf(needs('gst-rtsp-server'))(
    'shows a camera of GStreamer, as a plain RTSP device',
    async () => {
      const port = await freePort()
      gstreamer = spawn('/usr/bin/python3', [join(import.meta.dirname, 'gstreamer-camera.py'), String(port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await new Promise<void>((resolve) => gstreamer!.stdout!.once('data', () => resolve()))
      await api.post('/devices', { kind: 'rtsp', name: 'GStreamer', address: `rtsp://127.0.0.1:${port}/camera` })
      const { devices } = await api.get<{ devices: Device[] }>('/devices')
      const { id } = devices.find(({ name }) => name === 'GStreamer')!
      await page.goto(`${product.url}/devices/${id}`)
      await until(
        'the picture of GStreamer',
        () => live(page),
        (views) => views.some((view) => view.device === id && view.framesPainted >= 25),
        30_000,
      )
    },
    60_000,
  )

  it('said nothing in the browser that it should not', () => {
    expect(faults).toEqual([])
  })
})
