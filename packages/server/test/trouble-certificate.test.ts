// SPDX-License-Identifier: Apache-2.0
/** A device whose certificate is not the one that was seen first: nothing is sent to it until somebody accepts it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type SecureContextOptions, type Server } from 'node:tls'
import type { AuditRow, Device, DeviceCertificate } from '@openhmp/contract'
import { startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { systemClock } from '../src/index.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

/** A certificate of its own, as a camera makes itself one. */
const makeCertificate = (name: string): SecureContextOptions => {
  const folder = mkdtempSync(join(tmpdir(), 'hmp-certificate-'))
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90']
    const out = ['-keyout', key, '-out', cert, '-subj', `/CN=${name}`]
    execFileSync('openssl', ['req', '-x509', ...curve, ...out], { stdio: 'ignore' })
    return { key: readFileSync(key), cert: readFileSync(cert) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** TLS before a device's HTTP port. */
class TlsFront implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Bytes that came out of TLS: what the CMS had to say. */
  heardBytes = 0

  static async open(deviceUrl: string, certificate: SecureContextOptions): Promise<TlsFront> {
    const front = new TlsFront(Number(new URL(deviceUrl).port), certificate)
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve))
    return front
  }

  private constructor(port: number, certificate: SecureContextOptions) {
    this.#server = createServer(certificate, (near) => {
      const far = connect(port, '127.0.0.1')
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          near.destroy()
          far.destroy()
          this.#sockets.delete(socket)
        })
      }
      near.on('data', (chunk) => {
        this.heardBytes += chunk.length
      })
      near.pipe(far)
      far.pipe(near)
    })
    // Greetings under way, too: they would end with the certificate of before.
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('tlsClientError', () => {})
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Another certificate from now on; who is connected is cut off. */
  show(certificate: SecureContextOptions): void {
    this.#server.setSecureContext(certificate)
    for (const socket of this.#sockets) socket.destroy()
    this.heardBytes = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

describe.runIf(needs('openssl'))('a device with another certificate than before', { timeout: 30_000 }, () => {
  it('is told nothing, says why it is away, and works again once its certificate is accepted', async () => {
    using place = makePlace()
    await using emulator = await startEmulator({
      cameras: 1,
      recorders: 0,
      httpPort: 0,
      rtspPort: 0,
      user: 'admin',
      password: 'Camera12345',
      clock: systemClock,
    })
    await using front = await TlsFront.open(emulator.devices[0]!.httpUrl, makeCertificate('first'))
    await using house = await openHouse(place)
    const { device } = await house.add({
      kind: 'isapi',
      address: front.url,
      userName: 'admin',
      password: 'Camera12345',
    })
    const path = `/devices/${device.id}`
    await awaitState(house, device.id, 'online')
    expect((await house.call('PATCH', path, { password: 'Camera12345' })).status).toBe(200)
    await awaitState(house, device.id, 'online')

    front.show(makeCertificate('second'))
    const lost = await awaitState(house, device.id, 'unreachable')
    await until(
      async () => (await house.call<Device>('GET', path)).body.state.cause?.code === 'tls.pin',
      8000,
      'the cause',
    )
    expect((await house.call<Device>('PATCH', path, { userName: 'admin' })).status).toBe(200) // an account vouches for no certificate
    await until(
      async () => (await house.call<Device>('GET', path)).body.state.cause?.code === 'tls.pin',
      8000,
      'the cause again',
    )
    expect(lost.state.state).toBe('unreachable')
    expect(front.heardBytes).toBe(0)

    const { body: certificate } = await house.call<DeviceCertificate>('GET', `${path}/certificate`)
    expect(certificate).toMatchObject({ subject: 'CN=second', issuer: 'CN=second' })
    expect(certificate.shown).not.toBe(certificate.pinned)
    const wrong = await house.call('POST', `${path}/certificate`, { fingerprint: certificate.pinned })
    expect([wrong.status, wrong.body.code]).toEqual([409, 'tls.other'])
    expect(front.heardBytes).toBe(0)
    const colons = certificate.shown.toUpperCase().replace(/(..)(?=.)/g, '$1:')
    expect((await house.call('POST', `${path}/certificate`, { fingerprint: colons })).status).toBe(200)
    await awaitState(house, device.id, 'online')
    const { rows } = (await house.call<{ rows: AuditRow[] }>('GET', '/audit')).body
    expect(rows.filter(({ action }) => action === 'device.certificate').map(({ outcome }) => outcome)).toEqual([
      'done',
      'refused',
    ])
    expect(house.errors).toEqual([])
  })
})
