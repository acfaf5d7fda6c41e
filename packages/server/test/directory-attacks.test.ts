// SPDX-License-Identifier: Apache-2.0
/** What is tried at the sign-in form against a directory behind it, and by one who stands in the directory's place. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { escapeFilter, fillFilter, MAX_ASKED } from '../src/access/directory.ts'
import { type House, makePlace, openHouse, PASSWORD, until } from './harness.ts'
import { directoryWish, setSignOn } from './sign-on-house.ts'
import { BASE, READER, Slapd } from './slapd.ts'

const viewer = { role: 'viewer', scope: { kind: 'all' as const }, hours: [] }
const ANNAS = 'annas long password'

/** Stands in a directory's place, and keeps what it is told. */
class Impostor implements AsyncDisposable {
  readonly port: number
  readonly told: Buffer[] = []
  calls = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async open(server: Server, answer: (socket: Socket, chunk: Buffer) => void): Promise<Impostor> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const made = new Impostor(server)
    server.on('tlsClientError', () => {})
    const take = (socket: Socket) => {
      made.calls++
      made.#sockets.add(socket)
      socket
        .on('error', () => {})
        .on('data', (chunk: Buffer) => {
          made.told.push(chunk)
          answer(socket, chunk)
        })
    }
    server.on('setSecureContext' in server ? 'secureConnection' : 'connection', take)
    return made
  }

  get text(): string {
    return Buffer.concat(this.told).toString('latin1')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

/** ExtendedResponse (RFC 4511 section 4.12) with this result, to a request that has just come. */
const extended = (request: Buffer, result: number): Buffer =>
  Buffer.from([0x30, 0x0c, 0x02, 0x01, request[4]!, 0x78, 0x07, 0x0a, 0x01, result, 0x04, 0x00, 0x04, 0x00])

describe('what is typed stands in a filter as text', () => {
  it.each([
    ['anna', 'anna'],
    ['*', '\\2a'],
    ['a)(uid=*', 'a\\29\\28uid\\3d\\2a'],
    ['\\', '\\5c'],
    ['\0', '\\00'],
    ['Béla', 'B\\c3\\a9la'],
  ])('%j', (text, escaped) => expect(escapeFilter(text)).toBe(escaped))
  it('and is not looked at again', () => {
    expect(fillFilter('(&(uid={name})(member={dn}))', { name: '{dn}', dn: 'x' })).toBe('(&(uid=\\7bdn\\7d)(member=x))')
  })
})

describe.runIf(needs('slapd'))('a directory behind the sign-in', () => {
  const stack = new AsyncDisposableStack()
  let house: House
  let slapd: Slapd
  beforeAll(async () => {
    slapd = stack.use(await Slapd.open())
    house = stack.use(await openHouse(stack.use(makePlace())))
  }, 30_000)
  afterAll(() => stack.disposeAsync())
  const table = { groups: [{ group: `cn=guards,ou=groups,${BASE}`, grant: viewer }], makesPeople: true }
  beforeEach(async () => void (await setSignOn(house, directoryWish(slapd, {}, table))))

  const outcome = async (name: string, password: string) => {
    const { body, headers } = await house.as<{ name?: string; code?: string }>('', 'POST', '/session', {
      name,
      password,
    })
    if (body.code !== undefined) expect(headers['set-cookie']).toBeUndefined()
    return body.code ?? body.name
  }
  const wrong = (name: string, password: string) => async () =>
    expect(await outcome(name, password)).toBe('login.wrong')

  const attacks: Readonly<Record<string, () => Promise<void>>> = {
    'a star for a name': wrong('*', ANNAS),
    'a name with a star behind it': wrong('ann*', ANNAS),
    'a name that closes the filter': wrong('anna)(objectClass=*', ANNAS),
    'a name that opens another filter': wrong('*)(|(uid=anna', ANNAS),
    'a name that denies': wrong('!(uid=nobody)', ANNAS),
    'a name with a zero byte behind it': wrong('anna\0', ANNAS),
    'a name that is escaped already': wrong('\\61nna', ANNAS),
    'the name of the entry for a name': wrong(`uid=anna,ou=people,${BASE}`, ANNAS),
    'a placeholder for a name': wrong('{dn}', ANNAS),
    'the account of this server there': wrong('reader', READER.password),
    'the root of the directory': wrong('root', ''),
    'an empty password: the directory would take it for nobody in particular': wrong('anna', ''),
    'the password of another': wrong('anna', 'bobs long password'),
    'somebody without a password': wrong('none', 'x'),
    'two people of one name': wrong('twin', 'twins long password'),
    'an entry that leads to another directory': wrong('away', 'x'),
    'a name of this server, with a password of the directory': wrong('admin', 'of the directory'),
    'a group of the same short name in another unit': async () =>
      expect(await outcome('eve', 'eves long password')).toBe('signOn.unknown'),
    'a filter that finds everybody': async () => {
      await setSignOn(house, directoryWish(slapd, { filter: '(|(objectClass=*)(uid={name}))' }, table))
      expect(await outcome('anna', ANNAS)).toBe('login.wrong')
    },
    'a directory with a certificate that nobody knows': async () => {
      await setSignOn(house, directoryWish({ url: slapd.url, ca: null }))
      expect(await outcome('anna', ANNAS)).toBe('directory.certificate')
      await setSignOn(house, directoryWish({ url: slapd.plainUrl, ca: null }))
      expect(await outcome('anna', ANNAS)).toBe('directory.certificate')
    },
    'a directory with a certificate for another name': async () => {
      const url = slapd.url.replace('127.0.0.1', 'localhost')
      await setSignOn(house, directoryWish({ url, ca: slapd.ca }))
      expect(await outcome('anna', ANNAS)).toBe('directory.certificate')
    },
    'a directory that will not begin TLS: nothing is told to it': async () => {
      await using fake = await Impostor.open(createServer(), (socket, chunk) => socket.write(extended(chunk, 2)))
      await setSignOn(house, directoryWish({ url: `ldap://127.0.0.1:${fake.port}`, ca: slapd.ca }))
      expect(await outcome('anna', ANNAS)).toMatch(/^directory\./)
      for (const secret of [ANNAS, READER.password, 'anna']) expect(fake.text).not.toContain(secret)
      expect(fake.calls).toBe(1)
    },
    'a directory that hangs up when TLS is to begin: it is not called again without': async () => {
      await using fake = await Impostor.open(createServer(), (socket, chunk) => socket.end(extended(chunk, 0)))
      await setSignOn(house, directoryWish({ url: `ldap://127.0.0.1:${fake.port}`, ca: slapd.ca }))
      expect(await outcome('anna', ANNAS)).toMatch(/^directory\./)
      for (const secret of [ANNAS, READER.password, 'anna']) expect(fake.text).not.toContain(secret)
      expect(fake.calls).toBe(1)
    },
    'a directory that keeps everybody waiting: some wait, the rest is told, and people of this server come in':
      async () => {
        const all: Promise<string | undefined>[] = []
        {
          await using fake = await Impostor.open(createServer(), () => {})
          await setSignOn(house, directoryWish({ url: `ldaps://127.0.0.1:${fake.port}`, ca: slapd.ca }))
          for (let n = 0; n < MAX_ASKED; n++) all.push(outcome(`name ${n}`, 'x'))
          await until(() => fake.calls === MAX_ASKED, 10_000)
          expect(await outcome('anna', ANNAS)).toBe('login.busy')
          expect(await outcome('admin', PASSWORD)).toBe('admin')
        }
        expect(new Set(await Promise.all(all))).toEqual(new Set(['directory.away']))
      },
    'a directory that answers without end': async () => {
      const server = createTlsServer({ cert: slapd.ca, key: slapd.key })
      await using fake = await Impostor.open(server, (socket) => {
        socket.write(Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]))
        const more = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
        }
        socket.on('drain', more)
        more()
      })
      await setSignOn(house, directoryWish({ url: `ldaps://127.0.0.1:${fake.port}`, ca: slapd.ca }))
      expect(await outcome('anna', ANNAS)).toBe('directory.long')
    },
    'a directory that talks nonsense': async () => {
      const server = createTlsServer({ cert: slapd.ca, key: slapd.key })
      await using fake = await Impostor.open(server, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
      await setSignOn(house, directoryWish({ url: `ldaps://127.0.0.1:${fake.port}`, ca: slapd.ca }))
      expect(await outcome('anna', ANNAS)).toMatch(/^directory\./)
    },
    'finding out which names are accounts: each wrong name is asked for alike': async () => {
      const { port } = new URL(slapd.url)
      let calls = 0
      const proxy = createServer((socket) => {
        calls++
        const onward = connect(Number(port), '127.0.0.1')
        for (const one of [socket, onward]) one.on('error', () => {})
        socket.pipe(onward).pipe(socket)
      })
      proxy.listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      const url = `ldaps://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      await setSignOn(house, directoryWish({ url, ca: slapd.ca }))
      for (const name of ['admin', 'anna', 'nobody', 'none']) {
        calls = 0
        expect([name, await outcome(name, 'wrong'), calls]).toEqual([name, 'login.wrong', 1])
      }
      calls = 0
      expect([await outcome('admin', PASSWORD), calls]).toEqual(['admin', 0])
      proxy.close()
    },
  }

  it.each(Object.entries(attacks))('withstands: %s', (_, attack) => attack(), 20_000)

  it('leaves the server as it was', async () => {
    expect(house.errors).toEqual([])
    expect(await outcome('admin', PASSWORD)).toBe('admin')
  })
})
