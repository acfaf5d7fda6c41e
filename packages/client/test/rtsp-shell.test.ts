// SPDX-License-Identifier: Apache-2.0
/** `openRtsp` on loopback: what goes wrong on a link, and what must still come through. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HmpError } from '@openhmp/protocol/base'
import { createPacketizer } from '@openhmp/protocol/payload'
import { decodeRtcp } from '@openhmp/protocol/rtcp'
import { frame4571, isRtcp, type MediaUnit, RtpPacket } from '@openhmp/protocol/rtp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { LOGIN_BLOCK_MS, openRtsp, type RtspOptions } from '../src/index.ts'
import { linkErrorOf } from '../src/socket.ts'
import { realClock } from './foreign-camera.ts'
import { type LoopbackCamera, openLoopbackCamera, StandingClock } from './loopback-camera.ts'

/** A generator that says the same every time (mulberry32). */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** Pictures of several packets each, every tenth a key picture. */
const pictures = (count: number, random: () => number): Uint8Array[][] => {
  const packetizer = createPacketizer('h264', { payloadType: 96, ssrc: 7, sequence: 65_500, maxPacketBytes: 600 })
  return Array.from({ length: count }, (_, i) => {
    const slice = Uint8Array.from({ length: 400 + Math.floor(random() * 3000) }, () => 1 + Math.floor(random() * 254))
    slice[0] = i % 10 === 0 ? 0x65 : 0x41
    return packetizer.packetize({ data: [slice] }, 3600 * i)
  })
}

const play = async (camera: LoopbackCamera, options: Partial<RtspOptions> = {}) => {
  const units: MediaUnit[] = []
  const ended = Promise.withResolvers<HmpError | undefined>()
  let ends = 0
  const connection = await openRtsp({
    url: `rtsp://127.0.0.1:${camera.port}/live`,
    transport: 'tcp',
    wants: ['video'],
    clock: realClock,
    signal: AbortSignal.timeout(10_000),
    onUnit: (unit) => units.push(unit),
    onEnd: (error) => {
      ends++
      ended.resolve(error)
    },
    ...options,
  })
  return { connection, units, ended: ended.promise, ends: () => ends }
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('openRtsp on loopback', () => {
  it('hands on every unit over TCP, and says goodbye', async () => {
    await using camera = await openLoopbackCamera()
    const sent = pictures(40, seeded(1))
    const { connection, units, ends } = await play(camera)
    for (const packets of sent) await camera.send(1, packets)
    await until(() => units.length === sent.length)
    expect(units.map((unit) => unit.payload)).toEqual(sent.map((packets) => frame4571(packets)))
    expect(units.map((unit) => unit.isKey).slice(0, 11)).toEqual([true, ...Array(9).fill(false), true])
    await connection[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
    expect(camera.asked.at(-1)).toBe('TEARDOWN')
    expect(ends()).toBe(0)
  })

  it('puts UDP in order again', async () => {
    await using camera = await openLoopbackCamera()
    const random = seeded(2)
    const sent = pictures(200, random)
    const { connection, units } = await play(camera, { transport: 'udp', clock: new StandingClock() })
    const order = sent.flat().map((packet, at) => ({ packet, at: at + (random() < 0.1 ? random() * 30 : 0) }))
    const first = order[0]!
    first.at = -1 // before the first packet nobody can know that one is missing
    order.sort((a, b) => a.at - b.at)
    for (const { packet } of order) {
      await camera.send(1, [packet])
      if (random() < 0.02) await camera.send(1, [packet]) // and some twice
    }
    await until(() => units.length === sent.length)
    expect(units.map((unit) => unit.payload)).toEqual(sent.map((packets) => frame4571(packets)))
    expect(units.some((unit) => unit.isDamaged)).toBe(false)
    expect(camera.datagrams.some(isRtcp)).toBe(true) // a first report goes out at once, to open the way
    await connection[Symbol.asyncDispose]()
  })

  it('marks what UDP lost, and nothing else', async () => {
    await using camera = await openLoopbackCamera()
    const random = seeded(3)
    const sent = pictures(200, random)
    const whole = new Set<number>()
    const clock = new StandingClock()
    const { connection, units } = await play(camera, { transport: 'udp', clock })
    let lost = 0
    for (const [i, packets] of sent.entries()) {
      const kept = packets.filter(() => random() >= 0.02 || i === 0 || i === sent.length - 1)
      lost += packets.length - kept.length
      if (kept.length === packets.length) whole.add(3600 * i)
      await camera.send(1, kept)
    }
    await until(() => connection.stats.tracks[0]!.packets > 100)
    while (units.at(-1)?.timestamp !== 3600 * (sent.length - 1)) await clock.pass(50) // gaps are waited for
    expect(lost).toBeGreaterThan(5)
    expect(connection.stats.tracks[0]!.lost).toBe(lost)
    const good = units.filter((unit) => !unit.isDamaged)
    for (const unit of good) {
      expect(whole.has(unit.timestamp)).toBe(true)
      expect(unit.payload).toEqual(frame4571(sent[unit.timestamp / 3600]!))
    }
    expect(good.length).toBeGreaterThan(sent.length - 3 * lost)
    await connection[Symbol.asyncDispose]()
  })

  it('reports to the camera over UDP, at once and every five seconds', async () => {
    await using camera = await openLoopbackCamera()
    const clock = new StandingClock()
    const { connection, units } = await play(camera, { transport: 'udp', clock })
    await until(() => camera.datagrams.length === 2)
    const [report, empty] = camera.datagrams.toSorted((a, b) => Number(isRtcp(b)) - Number(isRtcp(a)))
    expect(decodeRtcp(report!).map(({ kind }) => kind)).toEqual(['receiverReport', 'description'])
    expect(RtpPacket.decode(empty!).payload).toHaveLength(0)
    const packets = pictures(1, seeded(8))[0]!
    await camera.send(1, packets)
    await until(() => units.length === 1)
    await clock.pass(5000)
    await until(() => camera.datagrams.length === 3)
    const [second] = decodeRtcp(camera.datagrams[2]!)
    expect(second).toMatchObject({ reports: [{ ssrc: 7, cumulativeLost: 0 }] })
    await connection[Symbol.asyncDispose]()
    expect(clock.sleeping).toBe(0)
  })

  it('follows a redirect to another port of the same host', async () => {
    await using camera = await openLoopbackCamera()
    const old = createServer((socket) => {
      socket.on('data', (chunk) => {
        const cseq = /CSeq: (\d+)/.exec(chunk.toString())?.[1]
        const isDescribe = chunk.toString().startsWith('DESCRIBE')
        const line = isDescribe ? '302 Moved Temporarily' : '200 OK'
        socket.write(`RTSP/1.0 ${line}\r\nCSeq: ${cseq}\r\nLocation: rtsp://127.0.0.1:${camera.port}/live\r\n\r\n`)
      })
      socket.on('error', () => {}) // the client leaves as soon as it knows where to
    }).listen(0, '127.0.0.1')
    await once(old, 'listening')
    const { port } = old.address() as AddressInfo
    const { connection } = await play(camera, { url: `rtsp://127.0.0.1:${port}/old` })
    expect(camera.asked).toContain('PLAY')
    await connection[Symbol.asyncDispose]()
    old.close()
  })

  it('drops what strangers send to its UDP ports, and what is no RTP', async () => {
    await using camera = await openLoopbackCamera()
    const { connection, units } = await play(camera, { transport: 'udp' })
    await camera.send(1, [new Uint8Array(3), Uint8Array.of(0x80), ...pictures(1, seeded(4))[0]!])
    await until(() => units.length === 1)
    const { clientPort } = (await camera.playing).tracks[0]!.transport
    const stranger = createSocket('udp4')
    stranger.bind(0, '127.0.0.2')
    await once(stranger, 'listening')
    stranger.send(pictures(1, seeded(4))[0]![0]!, clientPort![0], '127.0.0.1')
    await until(() => connection.stats.stray === 1)
    stranger.close()
    expect(units).toHaveLength(1)
    await connection[Symbol.asyncDispose]()
  })

  it('ends within a second when the camera is cut off', async () => {
    await using camera = await openLoopbackCamera()
    const { ended, ends } = await play(camera)
    const before = performance.now()
    camera.reset()
    expect((await ended)?.code).toBe('link.reset')
    expect(performance.now() - before).toBeLessThan(1000)
    expect(ends()).toBe(1)
  })

  it('ends when nothing comes any more, though the connection stands', async () => {
    await using camera = await openLoopbackCamera()
    const clock = new StandingClock()
    const { ended, units } = await play(camera, { clock })
    await camera.send(1, pictures(1, seeded(5))[0]!)
    await until(() => units.length === 1)
    await clock.pass(10_000)
    await clock.pass(1000)
    expect((await ended)?.code).toBe('rtsp.silent')
    await until(() => clock.sleeping === 0)
  })

  it('asks for a sign of life before the session times out', async () => {
    await using camera = await openLoopbackCamera()
    const clock = new StandingClock()
    const { connection, units } = await play(camera, { clock })
    const sent = pictures(5, seeded(6))
    for (const [i, packets] of sent.entries()) {
      await camera.send(1, packets)
      await until(() => units.length === i + 1)
      await clock.pass(8000)
    }
    expect(camera.asked.filter((method) => method === 'GET_PARAMETER')).toHaveLength(1)
    const disposed = connection[Symbol.asyncDispose]()
    await disposed
    expect(clock.sleeping).toBe(0)
  })

  it.each(['rtsp', 'rtsps'])('gives up a %s camera that says nothing', async (scheme) => {
    await using camera = await openLoopbackCamera({ isMute: true })
    const clock = new StandingClock()
    const url = `${scheme}://127.0.0.1:${camera.port}/live`
    const outcome = play(camera, { clock, url }).catch((error: HmpError) => error.code)
    await until(() => camera.connections === 1)
    for (let i = 0; i < 12; i++) await clock.pass(1000)
    expect(await outcome).toBe(scheme === 'rtsp' ? 'rtsp.timeout' : 'link.timeout')
    expect(clock.sleeping).toBe(0)
  })

  it('names a port where nothing listens, and a name that is not known', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const at = (url: string) =>
      openRtsp({ url, transport: 'tcp', clock: realClock, signal: AbortSignal.timeout(5000), onUnit: () => {} })
    await expect(at(`rtsp://127.0.0.1:${port}/live`)).rejects.toMatchObject({ code: 'link.refused' })
    await expect(at('http://127.0.0.1/')).rejects.toMatchObject({ code: 'rtsp.url' })
    expect(linkErrorOf(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'a:1')).toMatchObject({
      code: 'link.name',
    })
    expect(linkErrorOf(new Error('odd'), 'a:1')).toMatchObject({ code: 'link.failed', address: 'a:1' })
  })

  it('logs in with what the URL holds, and never tries a wrong password a third time', async () => {
    await using camera = await openLoopbackCamera({ login: { username: 'admin', password: 'p@ss' } })
    const clock = new StandingClock()
    const url = (password: string) => `rtsp://admin:${password}@127.0.0.1:${camera.port}/live`
    const { connection } = await play(camera, { clock, url: url('p%40ss') })
    await connection[Symbol.asyncDispose]()
    for (const code of ['rtsp.unauthorized', 'rtsp.unauthorized', 'login.blocked'])
      await expect(play(camera, { clock, url: url('wrong') })).rejects.toMatchObject({ code })
    expect(camera.connections).toBe(3)
    const again = await play(camera, { clock, url: url('p%40ss') })
    await again.connection[Symbol.asyncDispose]()
    await clock.pass(LOGIN_BLOCK_MS)
    await expect(play(camera, { clock, url: url('wrong') })).rejects.toMatchObject({ code: 'rtsp.unauthorized' })
  })

  it('names a transport that the camera does not speak', async () => {
    await using camera = await openLoopbackCamera({ transports: ['udp'] })
    await expect(play(camera)).rejects.toMatchObject({ code: 'rtsp.transport', status: 461 })
  })

  it('stops at an abort: before, while opening, and while playing', async () => {
    await using camera = await openLoopbackCamera()
    await expect(play(camera, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    await using mute = await openLoopbackCamera({ isMute: true })
    const opening = new AbortController()
    const outcome = play(mute, { signal: opening.signal }).catch((reason: unknown) => reason)
    await until(() => mute.connections === 1)
    opening.abort('enough')
    expect(await outcome).toBe('enough')
    const playing = new AbortController()
    const { connection, ends } = await play(camera, { signal: playing.signal })
    playing.abort()
    await connection[Symbol.asyncDispose]()
    expect(ends()).toBe(0)
  })

  it('ends the play, not the process, when a callback throws', async () => {
    await using camera = await openLoopbackCamera()
    const { ended } = await play(camera, {
      onUnit: () => {
        throw new Error('ours')
      },
    })
    await camera.send(1, pictures(1, seeded(7))[0]!)
    expect(await ended).toMatchObject({ code: 'defect', cause: { message: 'ours' } })
  })
})

describe.runIf(needs('openssl'))('openRtsp over TLS', () => {
  let folder: string
  let tls: { key: string; cert: string }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'openhmp-tls-'))
    const subject = ['-subj', '/CN=camera', '-addext', 'subjectAltName=IP:127.0.0.1']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', 'key.pem']
    execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', ...key, '-out', 'cert.pem', ...subject], {
      cwd: folder,
      stdio: 'ignore',
    })
    tls = { key: readFileSync(join(folder, 'key.pem'), 'utf8'), cert: readFileSync(join(folder, 'cert.pem'), 'utf8') }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('takes the pinned certificate or the named authority, and nothing else', async () => {
    await using camera = await openLoopbackCamera({ tls })
    const url = `rtsps://127.0.0.1:${camera.port}/live`
    const pin = new X509Certificate(tls.cert).fingerprint256
    for (const trust of [{ pin }, { pin: pin.replace(/:/g, '').toLowerCase() }, { ca: tls.cert }]) {
      const { connection } = await play(camera, { url, tls: trust })
      await connection[Symbol.asyncDispose]()
    }
    await expect(play(camera, { url })).rejects.toMatchObject({ code: 'tls.untrusted' })
    await expect(play(camera, { url, tls: { pin: '00'.repeat(32) } })).rejects.toMatchObject({ code: 'tls.pin' })
    await using plain = await openLoopbackCamera()
    await expect(play(plain, { url: `rtsps://127.0.0.1:${plain.port}/live`, tls: { pin } })).rejects.toMatchObject({
      code: expect.stringMatching(/^(tls\.failed|link\.reset)$/),
    })
  })
})
