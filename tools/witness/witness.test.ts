// SPDX-License-Identifier: Apache-2.0
/**
 * HMP by the document alone: `hmp_witness.py`, which was written from hmp.md without a look at this code, plays the CMS of an
 * emulated device, and reads the vectors.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../packages/client/test/hmp-listener.ts'
import { startEmulator } from '../../packages/emulator/src/index.ts'
import { needs } from '../needs.ts'

const PYTHON = '/usr/bin/python3'
const script = fileURLToPath(new URL('hmp_witness.py', import.meta.url))
const vectors = fileURLToPath(new URL('../../docs/protocol/vectors', import.meta.url))
let folder = ''
let fingerprint = ''

/** A root and one leaf under it, P-256, as a CMS has them; `chain.pem` holds the leaf, then the root. */
const makeAuthority = (): void => {
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const root = ['-subj', '/CN=Witness CA', '-addext', 'keyUsage=critical,keyCertSign']
  openssl('req', '-x509', ...newKey, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', ...root)
  openssl('req', ...newKey, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=witness')
  writeFileSync(join(folder, 'leaf.cnf'), 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n')
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'leaf.cnf']
  openssl('x509', '-req', '-in', 'leaf.csr', ...signing, '-out', 'leaf.pem')
  const [leaf, ca] = ['leaf.pem', 'ca.pem'].map((name) => readFileSync(join(folder, name), 'utf8'))
  writeFileSync(join(folder, 'chain.pem'), `${leaf}${ca}`)
  fingerprint = new X509Certificate(ca!).fingerprint256.replaceAll(':', '').toLowerCase()
}

/** The witness as a CMS: its JSON lines, and how it ended. */
const startWitness = (identity: string, key: string) => {
  const files = ['--cert', join(folder, 'chain.pem'), '--key', join(folder, 'leaf.key')]
  const args = [script, ...files, '--identity', identity, `--device-key=${key}`, '--units', '60', '--event', 'IO']
  const child: ChildProcess = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  let complaint = ''
  child.stderr!.on('data', (data) => {
    complaint += data
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const line = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next()
    if (!done) return JSON.parse(value)
    await ended
    throw new Error(`the witness ended: ${complaint}`)
  }
  return {
    line,
    status: async () => [(await ended)[0], complaint],
    [Symbol.dispose]: () => void child.kill(),
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-witness-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.runIf(needs('python3'))('a second implementation, written from hmp.md', () => {
  it('reads every vector as the document says', () => {
    const { stdout, stderr, status } = spawnSync(PYTHON, [script, 'vectors', vectors], { encoding: 'utf8' })
    expect(stderr).toBe('')
    const { counts, mismatches } = JSON.parse(stdout)
    expect(mismatches).toEqual([])
    const files = ['packets', 'fragments', 'session-messages', 'proofs', 'requests', 'media']
    expect(Object.keys(counts).sort()).toEqual(files.sort())
    expect(status).toBe(0)
  })

  describe.runIf(needs('openssl'))('as the CMS of a device that dials it', () => {
    const identity = 'witness-cam'
    const key = randomBytes(32).toString('base64url')
    const startCamera = (port: unknown, onLine?: (line: string) => void) =>
      startEmulator({
        cameras: 1,
        recorders: 0,
        httpPort: 0,
        rtspPort: 0,
        user: 'admin',
        password: 'witness-1',
        clock: systemClock,
        hmp: { url: `wss://127.0.0.1:${port}/api/v1/hmp`, tokens: [`hmp1:${identity}:${key}:${fingerprint}`] },
        ...(onLine ? { onLine } : {}),
      })
    beforeAll(makeAuthority)

    it('lets it in by key, lists, watches, takes an event, orders, ends', { timeout: 60_000 }, async () => {
      using witness = startWitness(identity, key)
      await using emulator = await startCamera((await witness.line())['port'])
      expect(await witness.line()).toEqual({ running: true })
      emulator.raise(0, { type: 'IO', state: 'active', description: 'IO alarm', input: 1 })
      const saw = await witness.line()
      expect(await witness.status()).toEqual([0, ''])
      const { model, serialNumber } = emulator.devices[0]!
      expect(saw).toMatchObject({
        role: 'device',
        identity,
        devices: [{ id: identity, kind: 'camera', model, serialNumber, state: 'online', channels: [{ id: 1 }] }],
        model,
        media: ['H264/90000'],
        video: { units: 60, counterGaps: 0, rtpGaps: 0 },
        keyStatus: 204,
        event: { device: identity, type: 'IO', state: 'active', description: 'IO alarm' },
        deleteStatus: 204,
        secondVideo: { units: 10, counterGaps: 0, rtpGaps: 0 },
        deleteAgainStatus: 204,
        unitsAfterDelete: 0,
        unknownStream: [404, 'stream.unknown'],
        unknownResource: [404, 'resource.unknown'],
        orderStatus: 200,
        isRepeatTheSame: true,
      })
      // A picture of more than one packet came, so that fragments were put together.
      expect(saw['video']).toHaveProperty(
        'largestUnit',
        expect.toSatisfy((bytes: number) => bytes > 65_536),
      )
      expect(saw['fragments']).toBeGreaterThan(0)
    })

    it('refuses it under another key, and the device hears why', { timeout: 60_000 }, async () => {
      using witness = startWitness(identity, randomBytes(32).toString('base64url'))
      const heard = Promise.withResolvers<string>()
      const { port } = await witness.line()
      await using _emulator = await startCamera(port, (line) => heard.resolve(line))
      expect(await heard.promise).toMatch(/session ended: login/)
      expect(await witness.status()).toEqual([1, expect.stringContaining('login: not proved')])
    })
  })
})
