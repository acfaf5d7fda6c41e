// SPDX-License-Identifier: Apache-2.0
/**
 * Attacks on the dial-out link (docs/protocol/hmp.md §2, §5 to §7, §12): each is refused, the reason told, and the server serves on.
 * One server for all. Long because the table is. 127.0.0.x are so many attackers.
 */
import 'reflect-metadata' // @peculiar/x509's dependency container asks for it when it is loaded
import { createHmac, randomBytes, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { dialHmp, type Enrolled, enrolLink, makeLinkKey, renewLink } from '@openhmp/client'
import type { Clock } from '@openhmp/protocol/base'
import {
  base64url,
  decodeSessionMessage,
  EXPORTER_LABEL,
  encodePacket,
  encodeSessionMessage,
  PacketSplitter,
  PacketType,
  parseDialToken,
  parseJoinToken,
  proofInput,
} from '@openhmp/protocol/hmp'
import type { HmpSession, Role } from '@openhmp/protocol/session'
import { Pkcs10CertificateRequestGenerator, X509CertificateGenerator } from '@peculiar/x509'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_STRANGERS_OF_ADDRESS } from '../src/door/door.ts'
import { MAX_GREETING } from '../src/front/front.ts'
import { systemClock } from '../src/index.ts'
import { checkRequest, DeviceAuthority } from '../src/link/device-authority.ts'
import { MAX_WRONG_TRIES } from '../src/link/join-tokens.ts'
import { Sealer } from '../src/secret/sealer.ts'
import type { Store } from '../src/store/store.ts'
import { type AddedDevice, type House, makePlace, openHouse, until } from './harness.ts'

const DAY_MS = 24 * 60 * 60_000
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const shift = { ms: 0 }
const clock: Clock = { ...systemClock, now: () => systemClock.now() + shift.ms }
const signal = () => AbortSignal.timeout(20_000)

const place = makePlace()
const open = new AsyncDisposableStack()
let house: House
/** A link that is in all the time, and must not notice. */
let good: Enrolled
let session: HmpSession
let keyed: AddedDevice
/** Has said nothing since the beginning. */
let slow: Promise<string>

type Own = { readonly key: string; readonly certificate: string }

/** A certification request for a fresh key. */
const requestOf = async (more: { name?: string; algorithm?: EcKeyGenParams } = {}): Promise<string> => {
  const keys = await webcrypto.subtle.generateKey(more.algorithm ?? P256, true, ['sign', 'verify'])
  const { rawData } = await Pkcs10CertificateRequestGenerator.create({
    ...{ keys, signingAlgorithm: P256, name: more.name ?? '' },
  })
  return Buffer.from(rawData).toString('base64')
}
type EcKeyGenParams = { readonly name: string; readonly namedCurve: string; readonly hash: string }

const makeToken = async (body: Record<string, unknown> = {}): Promise<string> => {
  const address = `127.0.0.1:${house.server.port}`
  return (await house.call<{ token: string }>('POST', '/links/tokens', { address, ...body })).body.token
}

/** Shows a token as an attacker at `from` does; gives the code of the refusal, or `in`. */
const show = async (token: string, more: Record<string, unknown> = {}, from = '127.0.0.1'): Promise<string> => {
  const { id, code } = parseJoinToken(token)!
  const body = JSON.stringify({ id, code, role: 'device', request: more['request'] ?? (await requestOf()), ...more })
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const { port, caPem } = house.server
    const where = { host: '127.0.0.1', port, localAddress: from, method: 'POST', path: '/api/v1/enrolment' }
    const outgoing = request(
      { ...where, headers, ca: caPem, servername: 'localhost', agent: false },
      async (answer) => {
        let text = ''
        for await (const chunk of answer.setEncoding('utf8')) text += chunk
        resolve(answer.statusCode === 200 ? 'in' : (JSON.parse(text) as { code: string }).code)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Dials as whoever is said; gives `in` or the code of the error. */
const dialAs = async (
  own: Own,
  who: { identity?: string; role?: Role; scheme?: string; lastEpoch?: number } = {},
): Promise<string> => {
  const { identity = good.identity, role = 'device', scheme = 'hmps', lastEpoch } = who
  try {
    const made = await dialHmp({
      ...{ url: `${scheme}://127.0.0.1:${house.server.port}`, caFingerprint: house.server.caFingerprint },
      ...{ identity, role, software: 'attack', certificate: own, clock: systemClock, signal: signal() },
      ...(lastEpoch === undefined ? {} : { lastEpoch }),
      onRequest: async () => ({ status: 404 }),
    })
    made.close('shutdown')
    return 'in'
  } catch (error) {
    return (error as { code: string }).code
  }
}

interface Raw {
  readonly socket: TLSSocket
  send(message: object): void
  /** The next session message: its `t`, with the code of a goodbye; `closed` at the end. */
  next(): Promise<Record<string, unknown>>
}

/** A connection with ALPN `hmp/1` on which anything can be said. */
const raw = async (from = '127.0.0.1', own?: Own): Promise<Raw> => {
  const socket = connect({
    ...{ host: '127.0.0.1', port: house.server.port, localAddress: from, ca: house.server.caPem },
    ...{ servername: 'localhost', ALPNProtocols: ['hmp/1'] },
    ...(own ? { key: own.key, cert: own.certificate } : {}),
  })
  open.defer(() => void socket.destroy())
  const heard: Record<string, unknown>[] = []
  let wake: (() => void) | undefined
  const put = (message: object) => {
    heard.push({ ...message })
    wake?.()
  }
  const splitter = new PacketSplitter({ onPacket: (_, payload) => put(decodeSessionMessage(payload)) })
  socket.on('data', (bytes) => splitter.push(bytes))
  socket.on('error', () => {})
  socket.on('close', () => put({ t: 'closed' }))
  await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve))
  const header = { type: PacketType.session, flags: 0, stream: 0, sequence: 0 }
  return {
    socket,
    send: (message) =>
      void socket.write(
        encodePacket(header, encodeSessionMessage(message as Parameters<typeof encodeSessionMessage>[0])),
      ),
    next: async () => {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return heard.shift()!
    },
  }
}

/** What a connection is told in the end. */
const told = async (link: Raw): Promise<string> => {
  for (;;) {
    const { t, code } = await link.next()
    if (t === 'goodbye' || t === 'closed' || t === 'welcome') return String(code ?? t)
  }
}

const nonce = base64url(new Uint8Array(32).fill(7))
const helloOf = (identity: string, role = 'device') => ({
  ...{ t: 'hello', versions: [1], role, identity, software: 'attack', features: [], nonce, time: 1 },
})

/** A proof by the right key for what the server asks. */
const proofFor = (
  key: Uint8Array,
  identity: string,
  asked: Record<string, unknown>,
  link: Raw,
  role = 'device',
): string => {
  const acceptorNonce = Buffer.from(String(asked['nonce']), 'base64url')
  const exporter = link.socket.exportKeyingMaterial(32, EXPORTER_LABEL, Buffer.alloc(0))
  const input = proofInput({ role, identity, diallerNonce: new Uint8Array(32).fill(7), acceptorNonce, exporter })
  return base64url(createHmac('sha256', key).update(input).digest())
}

/** Certificates that are not ours: of an authority that somebody made alike, or of themselves. */
const foreign = async (): Promise<Own> => {
  const store = { setting: async (_: string, make: () => string) => make() } as unknown as Store
  const authority = await DeviceAuthority.load(store, new Sealer(randomBytes(32)), Date.now())
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const asked = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: P256 })
  const checked = await checkRequest(Buffer.from(asked.rawData).toString('base64'))
  return { key: await pem(keys), certificate: (await authority.issue(checked, good.identity, Date.now())).pem }
}
const selfSigned = async (): Promise<Own> => {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const made = await X509CertificateGenerator.createSelfSigned({
    ...{ keys, signingAlgorithm: P256, name: 'CN=OpenHMP devices', serialNumber: '01' },
    ...{ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) },
  })
  return { key: await pem(keys), certificate: made.toString('pem') }
}
const pem = async ({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`
}

/** As if so much time had gone by. */
const later = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
  shift.ms = ms
  try {
    return await work()
  } finally {
    shift.ms = 0
  }
}
const joined = async (body: Record<string, unknown> = {}): Promise<Enrolled> =>
  enrolLink(await makeToken(body), { role: 'device', signal: signal() })
const changed = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
const withCode = (token: string, change: (code: string) => string): string =>
  token.replace(/^(hmp1j:[\w-]{8}:)([\w-]{22})/, (_, head: string, code: string) => head + change(code))

interface Attack {
  readonly name: string
  /** What the attacker is told. */
  readonly told: string | RegExp
  readonly attack: () => Promise<string>
}

const certificates: Attack[] = [
  { name: 'a self-signed certificate', told: 'hmp.login', attack: async () => dialAs(await selfSigned()) },
  {
    name: 'a certificate of a foreign authority of the same name',
    told: 'hmp.login',
    attack: async () => dialAs(await foreign()),
  },
  {
    name: "our own server's certificate as a device's",
    told: 'hmp.login',
    attack: () => {
      const read = (name: string) => readFileSync(join(place.dataDir, 'tls', name), 'utf8')
      return dialAs({ key: read('server.key'), certificate: read('server.pem') })
    },
  },
  {
    name: 'an expired certificate',
    told: 'hmp.login',
    attack: async () => {
      const held = await joined()
      return later(91 * DAY_MS, () => dialAs(held, { identity: held.identity }))
    },
  },
  {
    name: 'a revoked certificate',
    told: 'hmp.revoked',
    attack: async () => {
      const held = await joined({ name: 'revoked' })
      const { links } = (await house.call<{ links: { id: string; identity: string }[] }>('GET', '/links')).body
      await house.call('POST', `/links/${links.find(({ identity }) => identity === held.identity)!.id}/revoke`)
      return dialAs(held, { identity: held.identity })
    },
  },
  {
    name: 'a good certificate with the identity of another (squatting)',
    told: 'hmp.login',
    attack: async () => dialAs(await joined(), { identity: good.identity }),
  },
  {
    name: 'a good certificate with the identity of a device that has a key',
    told: 'hmp.login',
    attack: () => dialAs(good, { identity: keyed.device.address }),
  },
  { name: 'a good certificate in another role', told: 'hmp.login', attack: () => dialAs(good, { role: 'agent' }) },
  { name: 'a good certificate as a viewer', told: 'hmp.login', attack: () => dialAs(good, { role: 'console' }) },
  {
    name: 'no certificate where the identity has one',
    told: 'login',
    attack: async () => {
      const link = await raw()
      link.send(helloOf(good.identity))
      await link.next()
      link.send({ t: 'proof', proof: nonce })
      return told(link)
    },
  },
  {
    name: 'a foreign certificate, and then the right key',
    told: 'login',
    attack: async () => {
      const link = await raw('127.0.0.1', await foreign())
      link.send(helloOf(keyed.device.address))
      return told(link)
    },
  },
  {
    name: 'TLS 1.2',
    told: 'closed',
    attack: () =>
      new Promise((resolve) => {
        const { port, caPem } = house.server
        const options = { ALPNProtocols: ['hmp/1'], ca: caPem, servername: 'localhost', maxVersion: 'TLSv1.2' } as const
        connect({ host: '127.0.0.1', port, ...options }, () => resolve('in')).on('error', () => resolve('closed'))
      }),
  },
]

const tokens: Attack[] = [
  {
    name: 'a token used again',
    told: 'join.used',
    attack: async () => {
      const token = await makeToken()
      expect(await show(token)).toBe('in')
      return show(token)
    },
  },
  {
    name: 'a token shown twice at once',
    told: 'join.used',
    attack: async () => {
      const token = await makeToken()
      const both = await Promise.all([show(token), show(token)])
      return both.toSorted()[1] === 'join.used' && both.includes('in') ? 'join.used' : both.join()
    },
  },
  {
    name: 'a token of yesterday',
    told: 'join.late',
    attack: async () => {
      const token = await makeToken()
      return later(15 * 60_000 + 1, () => show(token))
    },
  },
  {
    name: 'a token for another site',
    told: 'join.site',
    attack: async () => show(await makeToken({ site: 'North' }), { site: 'South' }),
  },
  {
    name: 'a token for another serial number',
    told: 'join.serial',
    attack: async () => show(await makeToken({ serialNumber: 'SN1' }), { serialNumber: 'SN2' }),
  },
  {
    name: 'a token for another role',
    told: 'join.role',
    attack: async () => show(await makeToken(), { role: 'agent' }),
  },
  { name: 'a guessed code', told: 'join.code', attack: async () => show(withCode(await makeToken(), changed)) },
  {
    name: 'a token that was never made',
    told: 'join.code',
    attack: async () => show((await makeToken()).replace(/^hmp1j:.{8}/, 'hmp1j:AAAAAAAA')),
  },
  {
    name: 'guessing until it is burnt, then the right code',
    told: 'join.burnt',
    attack: async () => {
      const token = await makeToken()
      for (let i = 0; i < MAX_WRONG_TRIES; i++)
        expect(await show(withCode(token, changed), {}, `127.1.${i}.1`)).toBe('join.code')
      return show(token, {}, '127.2.0.1')
    },
  },
  {
    name: 'guessing on and on from one place',
    told: 'login.wait',
    attack: async () => {
      const token = await makeToken()
      for (let i = 0; i < MAX_WRONG_TRIES; i++) await show(withCode(token, changed), {}, '127.3.0.1')
      return show(token, {}, '127.3.0.1')
    },
  },
  {
    name: 'a token that was taken back',
    told: 'join.burnt',
    attack: async () => {
      const token = await makeToken()
      expect((await house.call('DELETE', `/links/tokens/${parseJoinToken(token)!.id}`)).status).toBe(204)
      return show(token)
    },
  },
  {
    name: 'a request whose signature is not by its key',
    told: 'join.request',
    attack: async () => {
      const bytes = Buffer.from(await requestOf(), 'base64')
      bytes[bytes.length - 1]! ^= 1
      return show(await makeToken(), { request: bytes.toString('base64') }, '127.4.0.1')
    },
  },
  {
    name: 'a request for a key on another curve',
    told: 'join.key',
    attack: async () =>
      show(
        await makeToken(),
        { request: await requestOf({ algorithm: { ...P256, namedCurve: 'P-384' } }) },
        '127.4.0.1',
      ),
  },
  {
    name: 'a request in the name of another',
    told: 'join.name',
    attack: async () =>
      show(await makeToken(), { request: await requestOf({ name: `CN=${good.identity}` }) }, '127.4.0.1'),
  },
  {
    name: 'a request that is none',
    told: 'join.request',
    attack: async () => show(await makeToken(), { request: 'AAAA' }, '127.4.0.1'),
  },
  {
    name: 'a request of giant length',
    told: /^(request|invalid|body|input)/,
    attack: async () => show(await makeToken(), { request: 'A'.repeat(8192) }, '127.4.0.1'),
  },
  {
    name: 'a renewal without a certificate',
    told: 'renewal.login',
    attack: async () => {
      const { identity, key, caFingerprint } = parseDialToken(keyed.token!)!
      const url = `hmps://127.0.0.1:${house.server.port}`
      const mine = await dialHmp({
        ...{
          url,
          identity,
          key,
          caFingerprint,
          role: 'device',
          software: 'attack',
          clock: systemClock,
          signal: signal(),
        },
        onRequest: async () => ({ status: 404 }),
      })
      const code = await renewLink(mine, { ...good, identity }, makeLinkKey(), signal()).then(
        () => 'in',
        (error: { code: string }) => error.code,
      )
      mine.close('shutdown')
      return code
    },
  },
]

const sessions: Attack[] = [
  {
    name: 'a proof replayed on another connection',
    told: 'login',
    attack: async () => {
      const { identity, key } = parseDialToken(keyed.token!)!
      const first = await raw()
      first.send(helloOf(identity))
      const proof = proofFor(key, identity, await first.next(), first)
      const second = await raw()
      second.send(helloOf(identity))
      await second.next()
      second.send({ t: 'proof', proof })
      first.socket.destroy()
      return told(second)
    },
  },
  {
    name: "the server's own role, to have its proof reflected",
    told: 'login',
    attack: async () => {
      const link = await raw()
      link.send(helloOf(keyed.device.address, 'cms'))
      return told(link)
    },
  },
  {
    name: 'a proof made for another role',
    told: 'login',
    attack: async () => {
      const { identity, key } = parseDialToken(keyed.token!)!
      const link = await raw()
      link.send(helloOf(identity))
      link.send({ t: 'proof', proof: proofFor(key, identity, await link.next(), link, 'cms') })
      return told(link)
    },
  },
  {
    name: 'an epoch that went back',
    told: 'hmp.epoch',
    attack: async () => {
      const held = await joined()
      return dialAs(held, { identity: held.identity, lastEpoch: Number.MAX_SAFE_INTEGER })
    },
  },
  {
    name: 'a request before the login',
    told: 'type',
    attack: async () => {
      const link = await raw()
      const header = { type: PacketType.management, flags: 0, stream: 0, sequence: 1 }
      link.socket.write(encodePacket(header, Buffer.from('GET /HMP/devices HTTP/1.1\r\n\r\n')))
      return told(link)
    },
  },
  {
    name: 'a header of giant length',
    told: 'length',
    attack: async () => {
      const link = await raw()
      link.socket.write(Buffer.from('484d01000000000000000000ffffffff', 'hex'))
      return told(link)
    },
  },
  {
    name: 'more than 8 KiB before the login',
    told: 'length',
    attack: async () => {
      const link = await raw()
      const header = { type: PacketType.session, flags: 0, stream: 0, sequence: 0 }
      link.socket.write(encodePacket(header, new Uint8Array(8192).fill(32)))
      return told(link)
    },
  },
  {
    name: 'a ClientHello of giant length',
    told: 'closed',
    attack: () =>
      new Promise((resolve) => {
        const socket = connectTcp(house.server.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.on('close', () => resolve('closed'))
        socket.write(Buffer.from('160301400001ffffff', 'hex'))
      }),
  },
  {
    name: 'as many silent sessions from one address as fit, and one more',
    told: 'closed',
    attack: async () => {
      const from = '127.5.0.1'
      const silent = await Promise.all(Array.from({ length: MAX_STRANGERS_OF_ADDRESS }, () => raw(from)))
      const one = told(await raw(from))
      const said = await one
      for (const { socket } of silent) socket.destroy()
      return said
    },
  },
  {
    name: 'half-open connections up to the limit, and one more',
    told: 'closed',
    attack: async () => {
      const sockets: Socket[] = []
      const dial = () =>
        new Promise<Socket>((resolve, reject) => {
          const socket: Socket = connectTcp(house.server.port, '127.0.0.1', () => resolve(socket)).on('error', reject)
          sockets.push(socket)
        })
      try {
        // The kernel takes only so many at once.
        while (sockets.length < MAX_GREETING) await Promise.all(Array.from({ length: 200 }, dial))
        const last = await dial()
        return await new Promise<string>((resolve) => last.once('close', () => resolve('closed')))
      } finally {
        for (const socket of sockets) socket.destroy()
      }
    },
  },
  { name: 'a hello that does not come', told: 'login', attack: () => slow },
]

beforeAll(async () => {
  open.defer(() => place[Symbol.dispose]())
  house = open.use(await openHouse(place, { clock }))
  slow = raw().then(told)
  good = await joined({ name: 'good' })
  keyed = await house.add({ kind: 'hmp', name: 'keyed' })
  const { url, caFingerprint, identity } = good
  session = await dialHmp({
    ...{ url, caFingerprint, identity, role: 'device', software: 'good', certificate: good, clock: systemClock },
    signal: signal(),
    onRequest: async () => ({ status: 404 }),
  })
}, 30_000)
afterAll(() => open.disposeAsync())

describe('attacks on the dial-out link', () => {
  it.each([...certificates, ...tokens, ...sessions])(
    '$name',
    async ({ told: expected, attack }) => {
      const said = await attack()
      if (expected instanceof RegExp) expect(said).toMatch(expected)
      else expect(said).toBe(expected)
      expect(session.state).toBe('open')
    },
    20_000,
  )

  it('left the server healthy', async () => {
    // Those that were cut off go as soon as the server has seen it.
    await until(async () => (await dialAs(await joined(), { identity: '' })) !== 'link.refused', 10_000, 'room')
    const again = await joined()
    expect(await dialAs(again, { identity: again.identity })).toBe('in')
    expect((await house.call('GET', '/links')).status).toBe(200)
    expect(session.state).toBe('open')
    expect(house.errors).toEqual([])
  }, 20_000)
})
