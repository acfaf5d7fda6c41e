// SPDX-License-Identifier: Apache-2.0
/** An emulated device dials out to a listener of the CMS's side, over both carriers: answers, streams, events, reconnects. */
import { randomBytes } from 'node:crypto'
import { fromUtf8 } from '@openhmp/protocol/base'
import { formatDialToken } from '@openhmp/protocol/hmp'
import { readJsonObject } from '@openhmp/protocol/http'
import type { HmpSession, IncomingRequest, ReceivedUnit } from '@openhmp/protocol/session'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { dialHmp } from '../../client/src/hmp/dial.ts'
import { listenHmp, systemClock } from '../../client/test/hmp-listener.ts'
import { MAX_DEVICE_STREAMS } from '../src/hmp/device-answers.ts'
import { DialOut, DialOutError } from '../src/hmp/dial-out.ts'
import { listenAsDevice, realDevice } from './listening-device.ts'
import { testDevice } from './test-device.ts'

const key = new Uint8Array(randomBytes(32))
const never = new AbortController().signal
const scope: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of scope.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

const meet = async (carrier: 'tlsUrl' | 'webUrl', onEvent: (request: IncomingRequest) => number = () => 204) => {
  const open: HmpSession[] = []
  const events: IncomingRequest[] = []
  const listener = await listenHmp((session) => ({
    role: 'cms',
    identity: 'cms-1',
    keyOf: (identity) => (identity === 'cam-7' ? key : undefined),
    onOpen: () => open.push(session()),
    onRequest: async (request) => {
      events.push(request)
      return { status: onEvent(request) }
    },
  }))
  scope.push(listener)
  const { device, pacer } = realDevice()
  scope.push(pacer, device)
  const token = formatDialToken({ identity: 'cam-7', key, caFingerprint: listener.caFingerprint })
  const dialOut = new DialOut({ device, url: listener[carrier], token, clock: systemClock, random: () => 0.05 })
  scope.push(dialOut)
  await vi.waitFor(() => expect(open).toHaveLength(1), { timeout: 5000 })
  return { listener, device, dialOut, open, events }
}

describe('a device that dials out', () => {
  it.each(['tlsUrl', 'webUrl'] as const)('answers and sends pictures and sound over %s', async (carrier) => {
    const { open } = await meet(carrier)
    const [session] = open
    expect(session!.peer).toMatchObject({ role: 'device', identity: 'cam-7' })
    const devices = readJsonObject(await session!.request({ method: 'GET', target: '/HMP/devices' }, { signal: never }))
    expect(devices).toMatchObject({
      devices: [{ id: 'cam-7', kind: 'camera', channels: [{ id: 1, media: ['video', 'audio'] }] }],
    })
    const info = await session!.request({ method: 'GET', target: '/ISAPI/System/deviceInfo' }, { signal: never })
    expect(fromUtf8(info.body)).toContain('<DeviceInfo')
    const units: ReceivedUnit[] = []
    const stream = await session!.openStream(
      { channel: 1, kind: 'live', profile: 'main', media: ['video', 'audio'] },
      { signal: never, onUnit: (unit) => units.push(unit) },
    )
    expect(stream.sdp).toMatch(/m=video[\s\S]*H264[\s\S]*m=audio[\s\S]*PCMA/)
    await vi.waitFor(() => expect(new Set(units.map(({ kind }) => kind)).size).toBe(2), { timeout: 3000 })
    expect(units.find(({ kind }) => kind === 'video')).toMatchObject({ isKey: true, isDamaged: false })
    await stream.requestKey()
    await stream.change({ paused: true })
    await expect(stream.change({ speed: 2 })).rejects.toMatchObject({ code: 'stream.kind' })
    await stream.close()
  })

  it.each([
    [{ channel: 9, kind: 'live', media: ['video'] }, 404, 'channel.unknown'],
    [{ channel: 1, kind: 'playback', media: ['video'] }, 400, 'stream.request'],
    [{ channel: 1, kind: 'live', media: ['smell'] }, 400, 'stream.request'],
  ])('refuses %o', async (body, status, code) => {
    const { open } = await meet('tlsUrl')
    const request = { method: 'POST', target: '/HMP/streams', body: Buffer.from(JSON.stringify(body)) }
    const answer = await open[0]!.request(request, { signal: never })
    expect(answer.status).toBe(status)
    expect(readJsonObject(answer)).toMatchObject({ code })
  })

  it('sends so many streams and no more', async () => {
    const { open } = await meet('tlsUrl')
    const ask = () =>
      open[0]!.openStream({ channel: 1, kind: 'live', media: ['audio'] }, { signal: never, onUnit: () => {} })
    for (let i = 0; i < MAX_DEVICE_STREAMS; i++) await ask()
    await expect(ask()).rejects.toMatchObject({ code: 'busy', status: 503 })
  })

  it('does an order that comes twice once', async () => {
    const { open, device } = await meet('tlsUrl')
    const reboot = vi.spyOn(device, 'reboot')
    const order = { method: 'PUT', target: '/ISAPI/System/reboot', headers: { 'Idempotency-Key': 'order-1' } }
    const answers = await Promise.all([1, 2].map(() => open[0]!.request(order, { signal: never })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(reboot).toHaveBeenCalledTimes(1)
  })

  it('comes back after a reboot within a second of its return', async () => {
    const { open, device } = await meet('tlsUrl')
    let returnedMs = 0
    device.onPower((power) => {
      if (power === 'up') returnedMs = performance.now()
    })
    device.reboot()
    await vi.waitFor(() => expect(open).toHaveLength(2), { timeout: 10_000 })
    expect(performance.now() - returnedMs).toBeLessThan(1000)
    expect(open[1]!.epoch).toBeGreaterThan(open[0]!.epoch!)
  })

  it('sends events in order until they are stored, and again after a break', async () => {
    let isStoring = false
    const { open, device, events, dialOut } = await meet('tlsUrl', () => (isStoring ? 204 : 503))
    for (let input = 1; input <= 3; input++) device.raise({ type: 'IO', state: 'active', description: 'alarm', input })
    await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(3))
    expect(dialOut.spool.length).toBeGreaterThanOrEqual(3)
    isStoring = true
    open[0]!.close('shutdown')
    await vi.waitFor(() => expect(dialOut.spool.length).toBe(0), { timeout: 10_000 })
    const last = events.filter(({ headers }) => headers.get('HMP-Event-Id') === '1').at(-1)
    expect(last).toMatchObject({ type: 'event', device: 'cam-7' })
    expect(last?.headers.get('HMP-Spool')).toMatch(/^[0-9a-f-]{36}$/)
    expect(fromUtf8(last!.body)).toContain('<inputIOPortID>1<')
  })

  it('refuses a token that is none', () => {
    const { device, clock } = testDevice()
    expect(() => new DialOut({ device, url: 'https://x', token: 'hmp1:x', clock })).toThrow(DialOutError)
  })
})

describe('a device that is dialled', () => {
  it('serves the CMS that dials it just the same', async () => {
    await using camera = await listenAsDevice(key)
    const events: string[] = []
    const session = await dialHmp({
      url: camera.webUrl,
      role: 'cms',
      identity: 'cms-1',
      software: 'test/1',
      key,
      caFingerprint: camera.caFingerprint,
      clock: systemClock,
      signal: never,
      onRequest: async (request) => {
        events.push(fromUtf8(request.body))
        return { status: 204 }
      },
    })
    camera.device.raise({ type: 'IO', state: 'active', description: 'alarm', input: 3 })
    await vi.waitFor(() => expect(events.join()).toContain('<inputIOPortID>3<'))
    const units: ReceivedUnit[] = []
    const stream = await session.openStream(
      { channel: 1, kind: 'live', media: ['video'] },
      { signal: never, onUnit: (unit) => units.push(unit) },
    )
    expect(stream.handle % 2).toBe(0)
    await vi.waitFor(() => expect(units[0]).toMatchObject({ kind: 'video', isKey: true }))
    const order = await session.request({ method: 'PUT', target: '/ISAPI/System/reboot' }, { signal: never })
    expect(order.status).toBe(200)
    session.close('shutdown')
  })
})
