// SPDX-License-Identifier: Apache-2.0
/** A wrong password through the whole server: counted at the device over every way in, two at the most, and told in one line. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Device } from '@openhmp/contract'
import { startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

/** An address of this machine beside loopback, where all ports are one device to the login guard. */
const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address

/** Passes bytes on and counts what carries a login. */
class Counter implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  logins = 0

  static async before(port: number, host: string): Promise<Counter> {
    const counter = new Counter(port)
    await new Promise<void>((resolve) => counter.#server.listen(0, host, resolve))
    return counter
  }

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          near.destroy()
          far.destroy()
        })
      }
      near.on('data', (chunk: Buffer) => {
        this.logins += chunk.toString('latin1').match(/^authorization:/gim)?.length ?? 0
      })
      near.pipe(far)
      far.pipe(near)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

describe('a device whose password was changed', { timeout: 30_000 }, () => {
  it.runIf(ownAddress !== undefined)(
    'is sent the wrong one twice at the most over HTTP, alert stream and RTSP together, and is not locked',
    async () => {
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
      const { httpUrl, rtspUrl } = emulator.devices[0]!
      await using http = await Counter.before(Number(new URL(httpUrl).port), ownAddress!)
      await using rtsp = await Counter.before(Number(new URL(rtspUrl).port), ownAddress!)
      await using house = await openHouse(place)
      const address = `http://${ownAddress}:${http.port}`
      const account = { userName: 'admin', password: 'Camera12345' }
      const { device } = await house.add({ kind: 'isapi', address, ...account, rtspPort: rtsp.port })
      await awaitState(house, device.id, 'online')
      const viewer = await house.view()
      await (await viewer.open(device.id)).count(3)

      // The first look at its health, with the right password, is not to be counted below.
      await until(async () => (await house.call<Device>('GET', `/devices/${device.id}`)).body.health !== null)
      http.logins = 0
      rtsp.logins = 0
      const path = `/devices/${device.id}`
      await house.call('PATCH', path, { password: 'not the password' })
      const { state } = await awaitState(house, device.id, 'refused')
      expect(state.cause?.text).not.toContain('\n')
      // Everything that a person and the server would try meanwhile: pictures, a refresh, a snapshot, an order.
      await viewer.open(device.id).catch(() => {})
      await house.call('POST', `${path}/refresh`)
      await house.call('GET', `${path}/channels/1/picture`)
      await house.call('POST', `${path}/reboot`)
      expect(http.logins + rtsp.logins).toBeGreaterThan(0)
      expect(http.logins + rtsp.logins).toBeLessThanOrEqual(2)

      await house.call('PATCH', path, { password: 'Camera12345' })
      await awaitState(house, device.id, 'online')
      const again = await viewer.open(device.id)
      await until(() => again.units.length > 0, 5000, 'a picture')
      expect((await house.call<Device>('GET', path)).body.state.cause).toBeNull()
      expect(house.errors).toEqual([])
    },
  )
})
