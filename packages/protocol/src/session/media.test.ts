// SPDX-License-Identifier: Apache-2.0
/** Streams over a simulated line: opening, ending, counters, and what a slow line does to them. hmp.md §9. */
import { describe, expect, it } from 'vitest'
import vectors from '../../../../docs/protocol/vectors/media.json' with { type: 'json' }
import { type Answer, cameraOf, type Pair, pairOf, unitOf } from '../../test/simulated-link.ts'
import { unhex } from '../base/bytes.ts'
import { MAX_MEDIA_UNIT_BYTES } from '../hmp/limits.ts'
import { encodePacket } from '../hmp/packet.ts'
import { jsonResponse } from '../http/json.ts'
import { timestampOf } from './media-in.ts'
import type { OpenStream, ReceivedUnit, StreamEnd } from './stream.ts'

const never = new AbortController().signal

/** A CMS (acceptor) that watches a camera (dialler), with the times at which units were sent and came. */
const watch = async (
  line: NonNullable<Parameters<typeof pairOf>[0]>['line'],
  extra: { queueBytes?: number; onWrite?(parts: readonly Uint8Array[]): void } = {},
) => {
  const pair: Pair = pairOf({
    line: { latencyMs: 10, ...line },
    dialler: extra.queueBytes === undefined ? {} : { queueBytes: extra.queueBytes },
    ...(extra.onWrite ? { onWrite: extra.onWrite } : {}),
    diallerAnswers: async (request) => {
      if (request.target !== '/HMP/streams') return { status: 204 }
      return jsonResponse(201, { stream: pair.dialler.session.allocateHandle(), direction: 'send', sdp: 'v=0' })
    },
  })
  await pair.time.pass(1000)
  const units: (ReceivedUnit & { atMs: number })[] = []
  const ends: StreamEnd[] = []
  const notices: number[] = []
  const opening = pair.acceptor.session.openStream(
    { channel: 1, kind: 'live', media: ['video', 'audio'] },
    {
      signal: never,
      onUnit: (unit) => units.push({ ...unit, atMs: pair.time.now }),
      onSdp: (_, generation) => notices.push(generation),
      onEnd: (end) => ends.push(end),
    },
  )
  let stream: OpenStream | undefined
  void opening.then((opened) => {
    stream = opened
  })
  for (let i = 0; i < 100 && !stream; i++) await pair.time.pass(20)
  if (!stream) throw new Error('the stream did not open')
  return { ...pair, units, ends, notices, stream }
}

describe('streams, hmp.md §9', () => {
  it('carry units whole, in order, with their flags, and end', async () => {
    const { time, dialler, units, ends, stream, acceptor } = await watch({})
    const sent = [
      unitOf({ isKey: true, bytes: 200_000, timestamp: 1 }),
      unitOf({ isDamaged: true, timestamp: 2 }),
      unitOf({ kind: 'audio', timestamp: 3 }),
    ]
    dialler.session.sendUnit(stream.handle, unitOf({ timestamp: 0 })) // not a key: nothing can start with it
    for (const unit of sent) dialler.session.sendUnit(stream.handle, unit)
    await time.pass(1000)
    const byTime = [...units].sort((a, b) => a.timestamp - b.timestamp)
    expect(byTime.map(({ isKey, isDamaged, kind, shed }) => ({ isKey, isDamaged, kind, shed }))).toEqual([
      { isKey: true, isDamaged: false, kind: 'video', shed: 0 },
      { isKey: false, isDamaged: true, kind: 'video', shed: 0 },
      { isKey: true, isDamaged: false, kind: 'audio', shed: 0 },
    ])
    expect(byTime.map(({ payload }) => payload)).toEqual(sent.map(({ payload }) => payload))
    dialler.session.endStream(stream.handle)
    await time.pass(500)
    expect(ends).toEqual([{ code: 'end', text: '' }])
    expect(acceptor.session.streamCounters(stream.handle)).toBeUndefined()
    expect(dialler.requests.map(({ method }) => method)).toEqual(['POST'])
  })

  it('come after their 201, however early the units are', async () => {
    const pair: Pair = pairOf({
      diallerAnswers: async () => {
        const handle = pair.dialler.session.allocateHandle()
        pair.dialler.session.sendUnit(handle, unitOf({ isKey: true }))
        await Promise.resolve()
        return jsonResponse(201, { stream: handle, direction: 'send', sdp: '' })
      },
    })
    await pair.time.pass(100)
    const units: ReceivedUnit[] = []
    const opening = pair.acceptor.session.openStream(
      { channel: 1, kind: 'live', media: ['video'] },
      { signal: never, onUnit: (unit) => units.push(unit) },
    )
    await pair.time.pass(10)
    expect((await opening).handle).toBe(1)
    expect(units).toHaveLength(1)
  })

  it('are closed by the asker, and late units are forgiven', async () => {
    const { time, dialler, acceptor, units, stream } = await watch({ latencyMs: 50 })
    dialler.session.sendUnit(stream.handle, unitOf({ isKey: true }))
    await time.pass(200)
    void stream.close()
    dialler.session.sendUnit(stream.handle, unitOf({}))
    await time.pass(300)
    expect(units).toHaveLength(1)
    expect(acceptor.session.counters.strayMedia).toBe(1)
    expect(dialler.requests.at(-1)).toMatchObject({ method: 'DELETE', target: `/HMP/streams/${stream.handle}` })
    expect(dialler.session.allocateHandle()).not.toBe(stream.handle)
  })

  it('are broken off by the sender with a reason', async () => {
    const { time, dialler, ends, stream } = await watch({})
    dialler.session.endStream(stream.handle, { code: 'device.offline', text: 'gone' })
    await time.pass(100)
    expect(ends).toEqual([{ code: 'device.offline', text: 'gone' }])
  })

  it('end with the session', async () => {
    const { dialler, acceptor, time, ends } = await watch({})
    dialler.session.close('shutdown', 'bye')
    await time.pass(100)
    expect(ends).toEqual([{ code: 'link', text: 'bye' }])
    expect(acceptor.session.state).toBe('closed')
  })

  it('pass requests for keys and changes on to the sender, and its notices back', async () => {
    const { time, dialler, stream, notices, units } = await watch({})
    void stream.requestKey()
    void stream.change({ profile: 'sub' })
    await time.pass(100)
    expect(dialler.requests.slice(1).map(({ method, target }) => `${method} ${target}`)).toEqual([
      `POST /HMP/streams/${stream.handle}/key`,
      `PATCH /HMP/streams/${stream.handle}`,
    ])
    dialler.session.sendUnit(stream.handle, unitOf({ isKey: true }))
    dialler.session.sendSdp(stream.handle, 'v=1')
    dialler.session.sendUnit(stream.handle, unitOf({})) // of the new description, but no key: dropped
    dialler.session.sendUnit(stream.handle, unitOf({ isKey: true }))
    await time.pass(200)
    expect(notices).toEqual([1])
    expect(units.map(({ generation, isKey }) => ({ generation, isKey }))).toEqual([
      { generation: 0, isKey: true },
      { generation: 1, isKey: true },
    ])
  })

  it('of talk go from the asker', async () => {
    const heard: ReceivedUnit[] = []
    const ends: StreamEnd[] = []
    const answer: Answer = async () => {
      const handle = pair.dialler.session.allocateHandle()
      pair.dialler.session.receiveStream(handle, { onUnit: (unit) => heard.push(unit), onEnd: (end) => ends.push(end) })
      return jsonResponse(201, { stream: handle, direction: 'receive', sdp: '' })
    }
    const pair: Pair = pairOf({ diallerAnswers: answer })
    await pair.time.pass(100)
    let stream: OpenStream | undefined
    void pair.acceptor.session
      .openStream({ channel: 1, kind: 'talk', media: ['audio'] }, { signal: never, onUnit: () => {} })
      .then((opened) => {
        stream = opened
      })
    await pair.time.pass(10)
    pair.acceptor.session.sendUnit(stream!.handle, unitOf({ kind: 'audio' }))
    await pair.time.pass(10)
    void stream!.close()
    await pair.time.pass(10)
    expect(heard).toHaveLength(1)
    expect(ends).toHaveLength(1)
  })

  it('that were no longer wanted when their 201 came are closed', async () => {
    const pair: Pair = pairOf({
      line: { latencyMs: 50 },
      diallerAnswers: async ({ method }) =>
        method === 'POST'
          ? jsonResponse(201, { stream: pair.dialler.session.allocateHandle(), direction: 'send', sdp: '' })
          : { status: 204 },
    })
    await pair.time.pass(500)
    const controller = new AbortController()
    const opening = pair.acceptor.session.openStream(
      { channel: 1, kind: 'live', media: ['video'] },
      { signal: controller.signal, onUnit: () => {} },
    )
    await pair.time.pass(60)
    controller.abort(new Error('left'))
    await expect(opening).rejects.toThrow('left')
    await pair.time.pass(500)
    expect(pair.dialler.requests.map(({ method }) => method)).toEqual(['POST', 'DELETE'])
    expect(pair.acceptor.closings).toEqual([])
  })

  it('refuse counters that go back, and units that no decoder can use', async () => {
    const media = (sequence: number, flags: number) =>
      encodePacket({ type: 1, flags, stream: 1, sequence }, unitOf({}).payload)
    const rows: [string, [number, number][]][] = [
      ['a start without KEY', [[0, 0]]],
      [
        'a number that stays',
        [
          [0, 8],
          [0, 8],
        ],
      ],
      [
        'a number that goes back',
        [
          [5, 8],
          [4, 8],
        ],
      ],
      [
        'a gap without KEY',
        [
          [0, 8],
          [2, 0],
        ],
      ],
      [
        'a unit after END',
        [
          [0, 8],
          [1, 8],
        ],
      ],
    ]
    for (const [name, packets] of rows) {
      const { acceptor } = await watch({})
      if (name.includes('END')) {
        acceptor.session.receive(encodePacket({ type: 2, flags: 8, stream: 1, sequence: 0 }, unitOf({}).payload))
        acceptor.session.receive(encodePacket({ type: 1, flags: 8, stream: 1, sequence: 0 }, unitOf({}).payload))
        acceptor.session.receive(encodePacket({ type: 1, flags: 16, stream: 1, sequence: 1 }, new Uint8Array(0)))
        acceptor.session.receive(media(2, 8))
      } else for (const [sequence, flags] of packets) acceptor.session.receive(media(sequence, flags))
      expect(acceptor.closings, name).toMatchObject([{ code: 'sequence' }])
    }
  })

  it('wrap their counters', async () => {
    const { acceptor, units } = await watch({})
    for (const sequence of [0x7fff_fff0, 0xffff_ffef, 0xffff_ffff, 0, 1])
      acceptor.session.receive(
        encodePacket({ type: 1, flags: 8, stream: 1, sequence }, unitOf({ isKey: true }).payload),
      )
    expect(units.map(({ shed }) => shed)).toEqual([0x7fff_fff0, 0x7fff_fffe, 15, 0, 0])
  })

  it.each(vectors.good)('read the time of $name', ({ payload, timestamp }) => {
    expect(timestampOf(unhex(payload)!)).toBe(timestamp)
  })
  it.each(vectors.bad)('find no time in what is $name', ({ payload }) => {
    expect(timestampOf(unhex(payload)!)).toBeUndefined()
  })
})

/** Plays a camera into a watched line for some seconds; gives how late each unit came. */
const play = async (bitsPerSecond: number, bytesPerMs: number, seconds: number, latencyMs = 10) => {
  const world = await watch({ bytesPerMs, latencyMs })
  const { time, dialler, stream, units } = world
  const camera = cameraOf(bitsPerSecond, 50)
  const start = time.now
  for (let i = 0; i < seconds * 25; i++) {
    dialler.session.sendUnit(stream.handle, camera(i))
    await time.pass(40)
  }
  const lateMs = units.map((unit) => unit.atMs - start - (unit.timestamp / 3600) * 40)
  return { ...world, lateMs, camera }
}

describe('a slow line', () => {
  it('that is fast enough loses nothing', async () => {
    const { units, lateMs } = await play(4_000_000, 2500, 20)
    expect(units.length).toBe(500)
    expect(Math.max(...lateMs)).toBeLessThan(120)
  })

  it.each([
    [4_000_000, 125, 'a quarter of the stream'],
    [4_000_000, 375, 'three quarters of the stream'],
    [4_000_000, 475, 'a little less than the stream'],
    [8_000_000, 250, 'a quarter of a larger stream'],
  ])('%i bit/s over %i bytes/ms, %s: sheds whole groups and stays about a second behind', async (rate, line) => {
    const { units, lateMs, dialler, acceptor, camera } = await play(rate, line, 30)
    const sorted = [...lateMs].sort((a, b) => a - b)
    const p95 = sorted[Math.floor(sorted.length * 0.95)]!
    expect(dialler.session.counters.unitsShed).toBeGreaterThan(50)
    expect(units.length).toBeGreaterThanOrEqual(12)
    expect(acceptor.closings).toEqual([])
    for (const [i, unit] of units.entries()) if (i > 0 && unit.shed > 0) expect(unit.isKey).toBe(true)
    const used = units.reduce((sum, unit) => sum + unit.sizeBytes, 0) / (line * 30_000)
    if (process.env['SHOW'])
      process.stderr.write(
        `${rate} over ${line}: ${units.length} units, late p50 ${sorted[sorted.length >> 1]} p95 ${p95} max ${sorted.at(-1)}, line used ${used.toFixed(2)}\n`,
      )
    // A key picture that takes the line longer than that cannot come sooner.
    const keyMs = camera(0).sizeBytes / line
    expect(p95).toBeLessThan(Math.max(1100, 600 + keyMs))
    expect(sorted.at(-1)).toBeLessThan(1000 + keyMs)
  })

  it('keeps an event ahead of the pictures', async () => {
    const { time, dialler, stream, camera, acceptor } = await play(4_000_000, 125, 10)
    const askedAt = time.now
    let answeredAt = 0
    dialler.session
      .request({ method: 'POST', target: '/HMP/events', type: 'event' }, { signal: never })
      .then(() => {
        answeredAt = time.now
      })
      .catch(() => {})
    for (let i = 250; i < 300; i++) {
      dialler.session.sendUnit(stream.handle, camera(i))
      await time.pass(40)
    }
    expect(acceptor.requests.at(-1)).toMatchObject({ type: 'event' })
    expect(answeredAt - askedAt).toBeGreaterThan(0)
    expect(answeredAt - askedAt).toBeLessThan(700)
  })

  it.each([
    ['a firmware image comes the other way', ['acceptor'] as const],
    ['an upload goes the same way', ['dialler'] as const],
    ['both', ['dialler', 'acceptor'] as const],
  ])('tells an event within a second among pictures: %s', async (_, sides) => {
    async function* image() {
      for (;;) yield new Uint8Array(50_000)
    }
    const world = await watch({ bytesPerMs: 125, latencyMs: 10 })
    const { time, dialler, stream, acceptor, units } = world
    const camera = cameraOf(4_000_000, 50)
    for (const side of sides)
      world[side].session
        .request({ method: 'PUT', target: '/HMP/firmware', streamedBody: image() }, { signal: never })
        .catch(() => {}) // it goes on as long as the test
    const lateMs: number[] = []
    for (let i = 0; i < 500; i++) {
      dialler.session.sendUnit(stream.handle, camera(i))
      if (i >= 100 && i % 50 === 0) {
        const event = { method: 'POST', target: '/HMP/events', type: 'event', body: new Uint8Array(2000) } as const
        const asked = { atMs: time.now, count: acceptor.requests.length }
        dialler.session.request(event, { signal: never }).catch(() => {}) // its answer is not what is measured
        while (acceptor.requests.length === asked.count && time.now - asked.atMs < 5000) await time.pass(10)
        lateMs.push(time.now - asked.atMs)
      }
      await time.pass(40)
    }
    if (process.env['SHOW']) process.stderr.write(`${sides}: events late by ${lateMs.join(' ')} ms\n`)
    expect([acceptor.closings, dialler.closings]).toEqual([[], []])
    expect(Math.max(...lateMs)).toBeLessThan(1000)
    // Management goes before pictures: an upload without end leaves them nothing (hmp.md §4).
    expect(units.length > 0).toBe(sides.length === 1 && sides[0] === 'acceptor')
  })

  it('that slows down suddenly is noticed', async () => {
    const world = await play(4_000_000, 5000, 5)
    const { time, dialler, stream, units, camera, line } = world
    line.bytesPerMs = 125
    const start = time.now - 5000
    const before = units.length
    for (let i = 125; i < 125 + 250; i++) {
      dialler.session.sendUnit(stream.handle, camera(i))
      await time.pass(40)
    }
    const late = units.slice(before).map((unit) => unit.atMs - start - (unit.timestamp / 3600) * 40)
    expect(Math.max(...late)).toBeLessThan(2500)
    expect(Math.max(...late.slice(-5))).toBeLessThan(1000 + camera(0).sizeBytes / 125)
  })

  it('over a long way still fills', async () => {
    const { units, lateMs } = await play(4_000_000, 1250, 20, 150)
    expect(units.length).toBeGreaterThan(480)
    expect(lateMs.at(-1)).toBeLessThan(500)
  })

  it('never lets a queue grow past its limit', async () => {
    const { dialler, stream } = await watch({}, { queueBytes: 100_000 })
    for (let i = 0; i < 100; i++)
      dialler.session.sendUnit(stream.handle, unitOf({ isKey: i % 10 === 0, bytes: 10_000 }))
    const sent = dialler.session.streamCounters(stream.handle)?.units ?? 0
    const waiting = 100 - dialler.session.counters.unitsShed - sent
    expect(waiting * 10_000).toBeLessThan(120_000)
  })

  it('drops a unit over 4 MiB, and goes on at the next key', async () => {
    const { time, dialler, stream, units } = await watch({})
    dialler.session.sendUnit(stream.handle, unitOf({ isKey: true, timestamp: 1 }))
    dialler.session.sendUnit(stream.handle, unitOf({ bytes: MAX_MEDIA_UNIT_BYTES, timestamp: 2 }))
    dialler.session.sendUnit(stream.handle, unitOf({ timestamp: 3 }))
    dialler.session.sendUnit(stream.handle, unitOf({ isKey: true, timestamp: 4 }))
    await time.pass(200)
    expect(units.map(({ timestamp, shed }) => [timestamp, shed])).toEqual([
      [1, 0],
      [4, 2],
    ])
  })
})

describe('the hot path', () => {
  it('writes the shared payload itself after a header of 16 bytes', async () => {
    const parts: Uint8Array[][] = []
    const { dialler, stream } = await watch({}, { onWrite: (written) => parts.push([...written]) })
    const unit = unitOf({ isKey: true })
    parts.length = 0
    dialler.session.sendUnit(stream.handle, unit)
    expect(parts).toHaveLength(1)
    expect(parts[0]![0]).toHaveLength(16)
    expect(parts[0]![1]).toBe(unit.payload)
  })
})
