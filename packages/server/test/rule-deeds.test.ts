// SPDX-License-Identifier: Apache-2.0
/** What rules do beside telling other systems: a browser's note, an output, a preset, a mark; and when they do not. */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { IsapiClient, Ptz, readPorts } from '@openhmp/client'
import type { Delivery, Firing, NotifyTarget } from '@openhmp/contract'
import { expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { account, emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const WAIT_MS = 20_000

/** A browser's half of web push, and the service that it is reached by. */
class Browser implements AsyncDisposable {
  readonly got: { authorization: string; body: Buffer }[] = []
  isGone = false
  readonly #ecdh = createECDH('prime256v1')
  readonly #auth = randomBytes(16)
  readonly #service = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    this.got.push({ authorization: String(request.headers.authorization), body: Buffer.concat(parts) })
    response.writeHead(this.isGone ? 410 : 201).end()
  })

  async open() {
    this.#ecdh.generateKeys()
    await new Promise<void>((resolve) => this.#service.listen(0, '127.0.0.1', resolve))
    return {
      endpoint: `http://127.0.0.1:${(this.#service.address() as AddressInfo).port}/push/one`,
      keys: { p256dh: this.#ecdh.getPublicKey('base64url'), auth: this.#auth.toString('base64url') },
    }
  }

  /** RFC 8291 §3.4 over RFC 8188, one record. */
  read(body: Buffer): unknown {
    const salt = body.subarray(0, 16)
    const sender = body.subarray(21, 21 + body[20]!)
    const shared = this.#ecdh.computeSecret(sender)
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#ecdh.getPublicKey(), sender])
    const key = Buffer.from(hkdfSync('sha256', shared, this.#auth, info, 32))
    const part = (name: string, bytes: number) =>
      Buffer.from(hkdfSync('sha256', key, salt, Buffer.from(`Content-Encoding: ${name}\0`), bytes))
    const cipher = createDecipheriv('aes-128-gcm', part('aes128gcm', 16), part('nonce', 12))
    const record = body.subarray(21 + body[20]!)
    cipher.setAuthTag(record.subarray(-16))
    const text = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()])
    return JSON.parse(text.subarray(0, text.lastIndexOf(2)).toString())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#service.closeAllConnections()
    await new Promise((resolve) => this.#service.close(resolve))
  }
}

/** `vapid t=<JWT>, k=<key>` (RFC 8292 §3) is signed by that key. */
const isSigned = (authorization: string, publicKey: string): boolean => {
  const [, head, claims, signature, key] = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization)!
  const point = Buffer.from(key!, 'base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: point.toString('base64url', 1, 33), y: point.toString('base64url', 33) }
  const signer = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  return (
    key === publicKey &&
    verify('sha256', Buffer.from(`${head}.${claims}`), signer, Buffer.from(signature!, 'base64url'))
  )
}

const firingsOf = async (house: House) => (await house.call<{ firings: Firing[] }>('GET', '/firings')).body.firings

it('a rule asks whether a site is armed, then tells a browser, switches, turns and marks', async () => {
  using place = makePlace()
  await using browser = new Browser()
  const subscription = await browser.open()
  await using emulator = await emulate({ profile: 'ptz' })
  const credentials = { username: account.userName, password: account.password }
  await using camera = new IsapiClient({ address: emulator.devices[0]!.httpUrl, credentials, clock: systemClock })
  const ptz = new Ptz(camera, 1)
  await ptz.goTo({ azimuth: 50, elevation: 10, zoom: 1 })
  await ptz.settled({ clock: systemClock })
  await ptz.setPreset(1, 'Gate')
  const gate = await ptz.position()
  await ptz.goTo({ azimuth: 60, elevation: 10, zoom: 1 })
  await using house = await openHouse(place)
  const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
  await awaitState(house, device.id, 'online')
  await house.call('PATCH', `/devices/${device.id}`, { site: 'Harbour' })
  expect((await house.call('PUT', '/arming', { site: 'Harbour', isArmed: false })).status).toBe(200)
  const { key } = (await house.call<{ key: string }>('GET', '/subscriptions/key')).body
  expect((await house.call<{ count: number }>('POST', '/subscriptions', subscription)).body.count).toBe(1)
  const { target } = (
    await house.call<{ target: NotifyTarget }>('POST', '/targets', { name: 'Guards', way: { kind: 'push' } })
  ).body

  const when = { kinds: ['tamper', 'lineCrossing'], sites: ['Harbour'], arming: 'armed' }
  const deeds = [
    { kind: 'tell', target: target.id },
    { kind: 'output', device: device.id, output: 1, seconds: 1 },
    { kind: 'preset', device: device.id, channel: 1, preset: 1 },
    { kind: 'bookmark' },
  ]
  expect((await house.call('POST', '/rules', { name: 'Night', when, deeds })).status).toBe(200)
  const alarm = { type: 'shelteralarm', channel: 1, description: 'covered' } as const
  const events = async () => (await house.call<{ events: object[] }>('GET', '/events?kind=tamper')).body.events.length
  emulator.raise(0, { ...alarm, state: 'active' })
  await until(async () => (await events()) === 1, WAIT_MS)
  expect(await firingsOf(house)).toEqual([])

  expect((await house.call('PUT', '/arming', { site: 'Harbour', isArmed: true })).status).toBe(200)
  emulator.raise(0, { type: 'linedetection', channel: 1, description: 'x', state: 'active' })
  const settled = async () => (await firingsOf(house))[0]?.outcomes.every(({ state }) => state !== 'waiting') ?? false
  await until(settled, WAIT_MS, 'all that is to be done')
  const [firing] = await firingsOf(house)
  expect(firing!.reason).toMatchObject({ site: 'Harbour', isArmed: true, notes: [] })
  expect(firing!.outcomes.map(({ kind, state, text }) => [kind, state, text]).toSorted()).toEqual([
    ['output', 'sent', null],
    ['preset', 'sent', null],
    ['push', 'sent', null],
  ])
  expect((await house.call<{ bookmarks: object[] }>('GET', '/bookmarks')).body.bookmarks).toMatchObject([
    { event: firing!.event, by: 'Night' },
  ])
  expect(await ptz.settled({ clock: systemClock })).toEqual(gate)
  expect((await readPorts(camera)).outputs[0]).toMatchObject({ id: 1, isActive: false })
  const [note] = browser.got
  expect(browser.read(note!.body)).toMatchObject({ title: 'Night', text: expect.stringContaining(device.name) })
  expect(isSigned(note!.authorization, key)).toBe(true)

  // The browser has left: it is forgotten, and the next test says so.
  browser.isGone = true
  const test = async () => (await house.call<{ text: string }>('POST', `/targets/${target.id}/test`)).body.text
  expect(await test()).toMatch(/answers 410$/)
  expect(await test()).toBe('no browser has asked to be told')
  expect(house.errors).toEqual([])
}, 60_000)

it('what ends too soon moves nothing; what a device refuses is told, and not begun again for all', async () => {
  using place = makePlace()
  await using emulator = await emulate()
  await using house = await openHouse(place)
  const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
  await awaitState(house, device.id, 'online')
  const rule = {
    ...{ name: 'Turn', when: { kinds: ['tamper'], minSeconds: 2 } },
    deeds: [{ kind: 'preset', device: device.id, channel: 1, preset: 9 }],
  }
  expect((await house.call('POST', '/rules', rule)).status).toBe(200)
  const alarm = { type: 'shelteralarm', channel: 1, description: 'covered' } as const
  const deliveries = async () => (await house.call<{ deliveries: Delivery[] }>('GET', '/deliveries')).body.deliveries
  // Too short: nothing is done.
  emulator.raise(0, { ...alarm, state: 'active' })
  emulator.raise(0, { ...alarm, state: 'inactive' })
  await until(async () => (await deliveries())[0]?.state === 'dropped', WAIT_MS, 'what is dropped')
  expect(await deliveries()).toMatchObject([{ state: 'dropped', text: 'it ended too soon' }])
  // Long enough, at a camera that cannot turn.
  emulator.raise(0, { ...alarm, state: 'active' })
  await until(
    async () => (await deliveries()).some(({ attempts, state }) => state === 'waiting' && attempts > 0),
    WAIT_MS,
  )
  const [refused] = await deliveries()
  expect(refused).toMatchObject({ kind: 'preset', target: 'preset 9', text: expect.stringMatching(/./) })
  expect((await house.call<{ count: number }>('POST', '/deliveries/retry', {})).body.count).toBe(0)
  expect(house.errors).toEqual([])
}, 60_000)
