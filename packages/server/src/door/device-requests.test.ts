// SPDX-License-Identifier: Apache-2.0
import { concat, Refusal, utf8 } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { HeaderMap } from '@openhmp/protocol/http'
import type { IncomingRequest } from '@openhmp/protocol/session'
import { describe, expect, it } from 'vitest'
import { MAX_EVENTS_A_REQUEST } from '../event/read-content.ts'
import { DeviceRequests } from './device-requests.ts'

const alert =
  '<EventNotificationAlert><eventType>VMD</eventType><eventState>active</eventState><channelID>1</channelID></EventNotificationAlert>'
const key = { 'HMP-Spool': '3F6E2A9C-6f0e-4a51-9d0c-0d6a0f6d3c11', 'HMP-Event-Id': '1042' }
const ask = (
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  more: Partial<IncomingRequest> = {},
): IncomingRequest => ({
  type: 'event',
  method: 'POST',
  target: '/HMP/events',
  headers: new HeaderMap({ ...key, 'Content-Type': 'application/xml', ...headers }),
  body: typeof body === 'string' ? utf8(body) : body,
  signal: new AbortController().signal,
  ...more,
})

const world = (fail?: unknown) => {
  const taken: { device: string; event: DeviceEvent; pictures: number; arrival: string }[] = []
  const errors: unknown[] = []
  const changed: string[] = []
  const requests = new DeviceRequests({
    take: async (device, event, pictures, arrival) => {
      if (fail !== undefined) throw fail
      taken.push({ device, event, pictures: pictures.length, arrival })
    },
    renew: async () => {
      throw new Refusal('forbidden', 'renewal.login', 'no')
    },
    changed: (device) => changed.push(device),
    onError: (error) => errors.push(error),
  })
  const behind = (id: string) => (id === 'cam-7' ? 'behind' : undefined)
  const codeOf = async (request: IncomingRequest, isAgent = false) => {
    const { status, body } = await requests.answer('d', request, { behind: isAgent ? behind : undefined })
    return [status, body ? (JSON.parse(Buffer.from(body).toString()) as { code: string }).code : undefined]
  }
  return { taken, errors, changed, codeOf }
}

describe('events over HMP', () => {
  it('are taken under the key of their sender, on the channel of the request', async () => {
    const { taken, codeOf } = world()
    expect(await codeOf(ask(alert, {}, { channel: 7 }))).toEqual([204, undefined])
    expect(taken).toMatchObject([
      {
        device: 'd',
        event: { type: 'VMD', channel: 7 },
        pictures: 0,
        arrival: 'd|3f6e2a9c-6f0e-4a51-9d0c-0d6a0f6d3c11|1042|0',
      },
    ])
  })

  it('of an agent are those of the device that they name, if it was added', async () => {
    const { taken, changed, codeOf } = world()
    expect(await codeOf(ask(alert, {}, { device: 'cam-7' }), true)).toEqual([204, undefined])
    expect(await codeOf(ask(alert, {}, { device: 'cam-8' }), true)).toEqual([404, 'device.unknown'])
    expect(await codeOf(ask(alert), true)).toEqual([400, 'device.missing'])
    expect(taken.map(({ device }) => device)).toEqual(['behind'])
    const state = alert.replace('VMD', 'deviceState')
    const keyless = { 'HMP-Spool': '', 'HMP-Event-Id': '' }
    expect(await codeOf(ask(state, keyless, { device: 'cam-7' }), true)).toEqual([204, undefined])
    expect(await codeOf(ask(alert, keyless, { device: 'cam-7' }), true)).toEqual([400, 'event.key'])
    expect([changed, taken.length]).toEqual([['behind'], 1])
  })

  it('may bring pictures', async () => {
    const { taken, codeOf } = world()
    const part = (type: string, body: Uint8Array) =>
      concat([utf8(`--b\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`), body, utf8('\r\n')])
    const body = concat([
      part('application/xml', utf8(alert)),
      part('image/jpeg', Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)),
      utf8('--b--\r\n'),
    ])
    expect(await codeOf(ask(body, { 'Content-Type': 'multipart/mixed; boundary=b' }))).toEqual([204, undefined])
    expect(taken).toMatchObject([{ pictures: 1 }])
  })

  it.each([
    ['without a spool', ask(alert, { 'HMP-Spool': 'x' }), 400, 'event.key'],
    ['without an id', ask(alert, { 'HMP-Event-Id': '-1' }), 400, 'event.key'],
    ['that are none', ask('hello'), 400, 'event.format'],
    ['to another place', ask(alert, {}, { target: '/HMP/streams' }), 404, 'resource.unknown'],
    ['too many at once', ask(alert.repeat(MAX_EVENTS_A_REQUEST + 1)), 400, 'event.many'],
  ])('%s are refused by name', async (_, request, status, code) => {
    expect(await world().codeOf(request)).toEqual([status, code])
  })

  it('are asked for again when they could not be stored', async () => {
    const full = world(new Refusal('unavailable', 'store.busy', 'the database is not keeping up'))
    expect(await full.codeOf(ask(alert))).toEqual([503, 'event.not-stored'])
    expect(full.errors).toEqual([])
    const broken = world(new Error('ours'))
    expect(await broken.codeOf(ask(alert))).toEqual([503, 'event.not-stored'])
    expect(broken.errors).toHaveLength(1)
  })
})
