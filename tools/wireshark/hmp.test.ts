// SPDX-License-Identifier: Apache-2.0
/** The dissector, run by tshark: on the vectors over plain TCP, and on live sessions recorded through TLS and WebSocket. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import packets from '../../docs/protocol/vectors/packets.json' with { type: 'json' }
import { dialHmp } from '../../packages/client/src/hmp/dial.ts'
import { listenHmp, systemClock } from '../../packages/client/test/hmp-listener.ts'
import { unitOf } from '../../packages/protocol/test/simulated-link.ts'
import { needs } from '../needs.ts'
import { pcapOf, type Said } from './pcap.ts'

const script = fileURLToPath(new URL('hmp.lua', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-pcap-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Fields of every HMP packet of a capture, as tshark prints them: one line a frame, values of one frame joined by `|`. */
const dissect = (talk: readonly Said[], port: number, fields: readonly string[], keys?: string): string[][] => {
  const file = join(folder, `${randomBytes(4).toString('hex')}.pcap`)
  writeFileSync(file, pcapOf(talk, port))
  const args = ['-r', file, '-X', `lua_script:${script}`, '-Y', 'hmp', '-T', 'fields', '-E', 'aggregator=|']
  if (keys !== undefined) {
    writeFileSync(`${file}.keys`, keys)
    args.push('-o', `tls.keylog_file:${file}.keys`, '-d', `tcp.port==${port},tls`)
  } else args.push('-d', `tcp.port==${port},hmp`)
  for (const field of fields) args.push('-e', field)
  const { stdout, stderr, status } = spawnSync('tshark', args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  expect(stderr.split('\n').filter((line) => /lua|error/i.test(line))).toEqual([])
  expect(status).toBe(0)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

/** All values of one field in order, frames forgotten. */
const column = (rows: string[][], at: number): string[] =>
  rows.flatMap((row) => (row[at] === undefined || row[at] === '' ? [] : row[at]!.split('|')))

describe.runIf(needs('tshark'))('hmp.lua in tshark', () => {
  it('reads the vectors, cut anywhere, field by field', () => {
    const stream = Buffer.concat(packets.good.map(({ bytes }) => Buffer.from(bytes, 'hex')))
    for (const cut of [1, 7, stream.length]) {
      const talk: Said[] = []
      for (let at = 0; at < stream.length; at += cut)
        talk.push({ byClient: true, bytes: stream.subarray(at, at + cut) })
      const rows = dissect(talk, 8443, ['hmp.type', 'hmp.flags', 'hmp.stream', 'hmp.sequence', 'hmp.length'])
      const wanted = packets.good.map(({ header }) => header)
      expect(column(rows, 0).map(Number), `cut ${cut}`).toEqual(wanted.map(({ type }) => type))
      expect(column(rows, 1).map(Number)).toEqual(wanted.map(({ flags }) => flags))
      expect(column(rows, 2).map(Number)).toEqual(wanted.map(({ stream: handle }) => handle))
      expect(column(rows, 3).map(Number)).toEqual(wanted.map(({ sequence }) => sequence))
      expect(column(rows, 4).map(Number)).toEqual(wanted.map(({ length }) => length))
    }
  })

  it('names the rule that a bad header breaks', () => {
    const good = Buffer.from(packets.good[0]!.bytes, 'hex')
    for (const { bytes, error, name } of packets.bad.slice(2, 12)) {
      const talk = [{ byClient: true, bytes: Buffer.concat([good, Buffer.from(bytes, 'hex')]) }]
      const rows = dissect(talk, 8443, ['_ws.expert.message'])
      expect(rows.join(), name).toContain(`goodbye ${error}`)
    }
  }, 60_000) // tshark is started ten times

  it.each(['tlsUrl', 'webUrl'] as const)('reads a session that was recorded over %s', async (carrier) => {
    const key = new Uint8Array(randomBytes(32))
    await using listener = await listenHmp((session) => ({
      role: 'device',
      identity: 'cam-7',
      keyOf: () => key,
      onRequest: async ({ target, method }) => {
        if (method !== 'POST') return { status: 204 }
        const handle = session().allocateHandle()
        session().sendUnit(handle, unitOf({ isKey: true, bytes: 3000, timestamp: 90_000 }))
        expect(target).toBe('/HMP/streams')
        return { status: 201, body: Buffer.from(JSON.stringify({ stream: handle, direction: 'send', sdp: 'v=0' })) }
      },
    }))
    await using recorder = await record(new URL(listener[carrier]))
    const session = await dialHmp({
      url: listener[carrier].replace(/:\d+$/, `:${recorder.port}`),
      role: 'cms',
      identity: 'cms-1',
      software: 'test/1',
      key,
      caFingerprint: listener.caFingerprint,
      clock: systemClock,
      signal: new AbortController().signal,
      onRequest: async () => ({ status: 204 }),
    })
    const units: number[] = []
    await session.openStream(
      { channel: 1, kind: 'live', media: ['video'] },
      { signal: new AbortController().signal, onUnit: ({ timestamp }) => units.push(timestamp) },
    )
    await vi.waitFor(() => expect(units).toEqual([90_000]))
    session.close('shutdown', 'seen enough')
    await vi.waitFor(() => expect(listener.sessions.at(-1)?.state).toBe('closed'))
    const fields = ['hmp.session.message', 'hmp.http.start_line', 'hmp.rtp.timestamp', 'hmp.flags.key', 'hmp.stream']
    const rows = dissect(recorder.talk(), recorder.port, fields, listener.keyLog.join(''))
    const messages = column(rows, 0)
    expect(messages.slice(0, 4)).toEqual(['hello', 'challenge', 'proof', 'welcome'])
    expect(messages).toContain('goodbye')
    expect(column(rows, 1)).toContain('POST /HMP/streams HTTP/1.1')
    expect(column(rows, 1)).toContain('HTTP/1.1 201 Created')
    expect(new Set(column(rows, 2))).toEqual(new Set(['90000']))
    expect(column(rows, 4)).toContain('2')
  })
})

/** A wire-tap: passes bytes on to `target` and keeps them. */
const record = async (target: URL) => {
  const connections: Said[][] = []
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const said: Said[] = []
    connections.push(said)
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    near.on('data', (bytes) => {
      said.push({ byClient: true, bytes })
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      said.push({ byClient: false, bytes })
      near.write(bytes)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    /** The last connection: the first only learned the authority. */
    talk: () => connections.at(-1)!,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
