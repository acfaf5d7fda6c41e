// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { request as secureRequest } from 'node:https'
import { connect } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { authorizationFor, chooseChallenge, type HashName, parseChallenges } from '@openhmp/protocol/digest'
import { MultipartSplitter } from '@openhmp/protocol/multipart'
import { afterEach, describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { DeviceCertificate } from '../device/certificate.ts'
import { type ProfileName, profiles } from '../device/profile.ts'
import { MAX_ALERT_BACKLOG_BYTES, serveAlerts } from './alert-stream.ts'
import { HttpListener } from './listener.ts'

let listener: HttpListener | undefined
let set: ReturnType<typeof testDevice>

const start = async (
  profile: ProfileName = 'ipc-5.7',
  fault = '',
  { httpsPort, ...more }: { isActivated?: boolean; httpsPort?: number } = {},
) => {
  set = testDevice(profile, { fault, ...more })
  listener = await HttpListener.open(set.device, '127.0.0.1', 0, httpsPort)
}
afterEach(async () => {
  await listener?.[Symbol.asyncDispose]()
  listener = undefined
})

const names: Readonly<Record<HashName, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }
const hash = (name: HashName, text: string) => createHash(names[name]).update(text).digest('hex')

const open = async (path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> => {
  const asked = request({ host: '127.0.0.1', port: listener!.port, path, headers, agent: false })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return response
}
const bodyOf = async (response: IncomingMessage): Promise<Buffer> => Buffer.concat(await response.toArray())

/** Logs in as a client does: asks, answers the challenge. */
const login = async (path: string, password = 'secret12', username = 'admin'): Promise<IncomingMessage> => {
  const refused = await open(path)
  expect(refused.statusCode).toBe(401)
  refused.resume()
  const values = refused.rawHeaders.filter(
    (_, i) => i % 2 === 1 && /^www-authenticate$/i.test(refused.rawHeaders[i - 1]!),
  )
  const challenge = chooseChallenge(parseChallenges(values), { allowBasic: false })
  const account = { username, password, hash, cnonce: () => 'c' }
  return open(path, { Authorization: authorizationFor(challenge!, account).header('GET', path) })
}

describe('the HTTP port', () => {
  it.each<ProfileName>(['ipc-5.7', 'ipc-5.5', 'ipc-5.2', 'nvr-4', 'ptz'])(
    '%s lets in who has the password',
    async (profile) => {
      await start(profile)
      const refused = await open('/ISAPI/System/deviceInfo')
      expect(refused.headers['content-type']).toBe('text/html')
      expect((await bodyOf(refused)).toString()).toContain('401 -- Unauthorized')
      const response = await login('/ISAPI/System/deviceInfo')
      expect(response.statusCode).toBe(200)
      expect((await bodyOf(response)).toString()).toContain('<model>DS-')
    },
  )

  it('locks after bad logins and says so', async () => {
    await start('ipc-5.5')
    for (let i = 0; i < 5; i++) expect((await login('/ISAPI/System/deviceInfo', 'wrong')).statusCode).toBe(401)
    const response = await login('/ISAPI/Security/userCheck')
    expect(response.statusCode).toBe(401)
    expect((await bodyOf(response)).toString()).toMatch(/<lockStatus>lock<\/lockStatus>\s*<unlockTime>1800/)
    set.device.accounts.add({ userName: 'clerk', level: 'Viewer', password: 'hello-123' })
    const other = await login('/ISAPI/Security/userCheck', 'wrong', 'clerk')
    expect((await bodyOf(other)).toString()).toContain('<retryLoginTime>4</retryLoginTime>')
    expect((await login('/ISAPI/Security/userCheck', 'hello-123', 'clerk')).statusCode).toBe(200)
  })

  it('never takes credentials from the URL', async () => {
    await start()
    expect((await open('/ISAPI/System/deviceInfo?auth=YWRtaW46MTEK')).statusCode).toBe(401)
  })

  it('drops everybody when it goes down, and listens again on the same port', async () => {
    await start('ipc-5.7', 'reboot=2s')
    const stream = await login('/ISAPI/Event/notification/alertStream')
    stream.resume()
    const gone = once(stream, 'close').catch(() => undefined)
    stream.on('error', () => undefined)
    const { port } = listener!
    set.device.reboot()
    await set.clock.advance(200)
    await gone
    await expect(open('/')).rejects.toThrow()
    await set.clock.advance(2000)
    await expect
      .poll(() =>
        open('/').then(
          (r) => r.statusCode,
          () => 0,
        ),
      )
      .toBe(401)
    expect(listener!.port).toBe(port)
  })
})

describe('the alert stream', () => {
  it.each<[ProfileName, string | undefined]>([
    ['ipc-5.7', undefined],
    ['ipc-5.2', undefined],
    ['nvr-4', undefined],
    ['ipc-5.7', 'split=1'],
    ['ipc-5.7', 'wrong-length'],
  ])('of %s (%s) gives parts as they happen', async (profile, fault) => {
    await start(profile, fault)
    const response = await login('/ISAPI/Event/notification/alertStream')
    const parts: string[] = []
    const splitter = new MultipartSplitter(response.headers['content-type']!)
    response.on('data', (chunk: Buffer) => {
      for (const part of splitter.push(chunk)) parts.push(Buffer.from(part.body).toString())
    })
    await set.clock.advance(1000)
    // the delimiter follows each part, so none waits for the next
    await expect.poll(() => parts.at(-1)).toContain('<eventType>VMD</eventType>')
    response.destroy()
    await expect.poll(() => set.device.events.listeners).toBe(0)
  })
})

describe('limits', () => {
  it.each<ProfileName>(['ipc-5.7', 'ipc-5.2'])('%s closes connections over the most that it takes', async (profile) => {
    await start(profile)
    const { httpConnections: length } = profiles[profile].limits
    const sockets = Array.from({ length }, () => connect(listener!.port, '127.0.0.1'))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    const last = connect(listener!.port, '127.0.0.1')
    last.on('error', () => undefined)
    await once(last, 'close')
    for (const socket of sockets) socket.destroy()
  })

  it.each<[ProfileName, string, number]>([
    ['ipc-5.7', '', 16],
    ['ipc-5.5', '', 8],
    ['ipc-5.5', 'alert-streams=2', 2],
  ])('%s %s serves so many alert streams and no more', async (profile, fault, most) => {
    await start(profile, fault)
    const streams = []
    for (let i = 0; i < most; i++) streams.push(await login('/ISAPI/Event/notification/alertStream'))
    const refused = await login('/ISAPI/Event/notification/alertStream')
    expect(refused.statusCode).toBe(503)
    expect((await bodyOf(refused)).toString()).toContain('<subStatusCode>deviceBusy</subStatusCode>')
    for (const stream of streams) stream.destroy()
    await expect.poll(() => set.device.events.listeners).toBe(0)
  })

  it('cuts an alert stream that nobody reads', () => {
    set = testDevice()
    let written = 0
    let isCut = false
    const response = {
      writeHead: () => undefined,
      once: () => undefined,
      write: (bytes: string | Uint8Array) => {
        written += bytes.length
      },
      destroy: () => {
        isCut = true
      },
      get destroyed() {
        return isCut
      },
      get writableLength() {
        return written
      },
    }
    using _ = serveAlerts(set.device, response as unknown as ServerResponse)
    const alarm = { type: 'IO', state: 'active', description: 'IO alarm', input: 1 } as const
    for (let i = 0; i < 2000 && !isCut; i++) set.device.raise(alarm)
    expect(isCut).toBe(true)
    expect(written).toBeGreaterThan(MAX_ALERT_BACKLOG_BYTES)
    expect(written).toBeLessThan(MAX_ALERT_BACKLOG_BYTES + 4096)
  })
})

describe('HTTPS', () => {
  /** Status, and the name in the certificate. */
  const ask = async (): Promise<[number | undefined, string]> => {
    const options = { host: '127.0.0.1', port: listener!.httpsPort, path: '/', agent: false, rejectUnauthorized: false }
    const asked = secureRequest(options)
    asked.end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    const name = (response.socket as TLSSocket).getPeerX509Certificate()?.subject ?? ''
    response.resume()
    return [response.statusCode, name]
  }

  it('shows the certificate of the device, and a new one without a restart', async () => {
    await start('ipc-5.7', 'reboot=0s', { httpsPort: 0 })
    const { certificate, identity } = set.device
    expect(await ask()).toEqual([401, `CN=${identity.serialNumber}`])
    const other = new DeviceCertificate('camera.example', () => Date.now(), undefined, () => {}) // biome-ignore format: one certificate
    certificate.install(other.credentials.certificate, other.credentials.key)
    expect(await ask()).toEqual([401, 'CN=camera.example'])
    const port = listener!.httpsPort
    set.device.reboot()
    await set.clock.advance(1000)
    await expect.poll(() => ask().catch(String)).toEqual([401, 'CN=camera.example'])
    expect(listener!.httpsPort).toBe(port)
  })

  it('is not there unless it is asked for', async () => {
    await start()
    expect(listener!.httpsPort).toBeUndefined()
    expect(set.device.certificate.state).toBeUndefined()
  })
})

describe('a web session', () => {
  it('lets in without a password, until the device restarts', async () => {
    await start('ipc-5.7', 'reboot=0s')
    const id = set.device.webSessions.open('admin')!
    const ask = async () => (await open('/ISAPI/System/deviceInfo', { Cookie: `WebSession_0f3a=${id}` })).statusCode
    expect(await ask()).toBe(200)
    expect((await open('/ISAPI/System/deviceInfo', { Cookie: `WebSession=${'ab'.repeat(32)}` })).statusCode).toBe(401)
    set.device.reboot()
    await set.clock.advance(1000)
    await expect.poll(() => ask().catch(String)).toBe(401)
  })
})

describe('a device without a password yet', () => {
  it.each(['/ISAPI/System/deviceInfo', '/ISAPI/Event/notification/alertStream', '/ISAPI/no/such/thing'])(
    'asks for none, and answers %s with notActivated',
    async (path) => {
      await start('ipc-5.7', '', { isActivated: false })
      const response = await open(path)
      expect(response.statusCode).toBe(403)
      expect((await bodyOf(response)).toString()).toContain('<subStatusCode>notActivated</subStatusCode>')
    },
  )
})

describe('faults', () => {
  it('takes connections and never answers: half-open', async () => {
    await start('ipc-5.7', 'half-open')
    const asked = request({ host: '127.0.0.1', port: listener!.port, agent: false })
    asked.on('error', () => undefined)
    asked.end()
    await once(asked, 'finish')
    let answered = false
    asked.on('response', () => {
      answered = true
    })
    await listener![Symbol.asyncDispose]()
    expect(answered).toBe(false)
  })

  it('answers nonsense', async () => {
    await start('ipc-5.7', 'nonsense')
    await expect(open('/')).rejects.toThrow()
  })

  it('says a length that is not so', async () => {
    await start('ipc-5.7', 'wrong-length')
    const response = await open('/')
    await expect(bodyOf(response)).rejects.toThrow()
  })

  it('waits before it answers', async () => {
    await start('ipc-5.7', 'slow=200ms')
    let answered = false
    const asked = open('/').then((response) => {
      answered = true
      return response
    })
    await expect.poll(() => set.clock.sleepers).toBe(1)
    await set.clock.advance(199)
    expect(answered).toBe(false)
    await set.clock.advance(1)
    expect((await asked).statusCode).toBe(401)
  })
})
