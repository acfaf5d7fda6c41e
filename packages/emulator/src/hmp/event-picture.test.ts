// SPDX-License-Identifier: Apache-2.0
/** Which events bring a picture, and how both travel: hmp.md §10. */
import { fromUtf8 } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { MultipartSplitter } from '@openhmp/protocol/multipart'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import type { Alert } from '../device/alert.ts'
import { contentOf, EventPictures, MAX_EVENT_PICTURE_BYTES } from './event-picture.ts'

const alarm: Alert = { type: 'shelteralarm', state: 'active', description: 'covered', channel: 1 }

/** What the device sends with each event it tells. */
const watched = (options: Parameters<typeof testDevice>[1] & { name?: Parameters<typeof testDevice>[0] } = {}) => {
  const set = testDevice(options.name, options)
  const pictures = new EventPictures(set.device.channels, set.clock)
  const told: { event: DeviceEvent; picture: Uint8Array | undefined }[] = []
  set.device.watchEvents((event) => {
    if (event.isHeartbeat) return
    const channel = event.channel === undefined ? undefined : event.channel - set.device.profile.channelOffset
    told.push({ event, picture: pictures.of(event, channel) })
  })
  return { ...set, told }
}

describe('the picture of an event', () => {
  it('is of the moment when it began; repeats and its end go without', async () => {
    const { device, clock, told } = watched()
    device.raise(alarm)
    await clock.advance(3500)
    device.raise({ ...alarm, state: 'inactive' })
    const own = told.filter(({ event }) => event.type === alarm.type)
    expect(own.length).toBeGreaterThan(3)
    expect(own[0]!.picture).toEqual(Uint8Array.of(0xff, 0xd8, 0xff, 0))
    expect(own.slice(1).every(({ picture }) => picture === undefined)).toBe(true)
    device.raise(alarm)
    expect(told.at(-1)!.picture).toEqual(Uint8Array.of(0xff, 0xd8, 0xff, 3))
  })

  it('comes again where a device never tells of an end', async () => {
    const { device, clock } = testDevice()
    const pictures = new EventPictures(device.channels, clock)
    const event = { ...told(alarm), state: 'active' as const }
    expect(pictures.of(event, 1)).toBeDefined()
    await clock.advance(4999)
    expect(pictures.of(event, 1)).toBeUndefined()
    await clock.advance(5000)
    expect(pictures.of(event, 1)).toBeDefined()
  })

  it.each([
    ['of the whole device', told(alarm), undefined],
    ['of a channel that is not there', told(alarm), 9],
    ['of a lost picture', { ...told(alarm), type: 'videoloss' }, 1],
  ])('is not there for an event %s', (_, event, channel) => {
    const { device, clock } = testDevice()
    expect(new EventPictures(device.channels, clock).of(event, channel)).toBeUndefined()
  })

  it('is not there for a camera that is away from its recorder', () => {
    const { device, clock } = testDevice('nvr-4', { offline: 2 })
    const pictures = new EventPictures(device.channels, clock)
    expect(pictures.of(told(alarm), 1)).toBeDefined()
    expect(pictures.of(told(alarm), 2)).toBeUndefined()
  })

  it(`is left out when it is longer than ${MAX_EVENT_PICTURE_BYTES} bytes`, () => {
    const { device, clock } = testDevice()
    const [channel] = device.channels
    const camera = (length: number) => ({
      ...channel!,
      camera: { picture: () => ({ fromMs: 0, jpeg: new Uint8Array(length) }) },
    })
    const of = (length: number) =>
      new EventPictures([camera(length) as unknown as typeof channel & object], clock).of(told(alarm), 1)?.length
    expect([of(MAX_EVENT_PICTURE_BYTES), of(MAX_EVENT_PICTURE_BYTES + 1)]).toEqual([MAX_EVENT_PICTURE_BYTES, undefined])
  })
})

function told(alert: Alert): DeviceEvent {
  const { device } = testDevice()
  const events: DeviceEvent[] = []
  using _ = device.watchEvents((event) => events.push(event))
  device.raise(alert)
  return events.find(({ type }) => type === alert.type)!
}

describe('the content of an event', () => {
  it('is the alert alone without a picture', () => {
    expect(contentOf('<x/>', undefined)).toMatchObject({ contentType: 'application/xml' })
  })

  it('is the alert and the picture, byte by byte, whatever the picture holds', () => {
    const picture = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
    const { contentType, body } = contentOf('<x/>', picture)
    const splitter = new MultipartSplitter(contentType)
    const parts = splitter.push(body)
    expect(splitter.isOver).toBe(true)
    expect(parts.map(({ headers }) => headers.get('Content-Type'))).toEqual(['application/xml', 'image/jpeg'])
    expect(fromUtf8(parts[0]!.body)).toBe('<x/>')
    expect(parts[1]!.body).toEqual(picture)
  })
})
