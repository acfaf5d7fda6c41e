// SPDX-License-Identifier: Apache-2.0
/**
 * Devices that turn after they were added: deaf, talking nonsense, a page for people, a body without end. The state says
 * why, the device is asked less and less, nothing piles up, and when it is itself again all is as before.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

const page = '<!DOCTYPE html><html><body>Router login</body></html>'
const endless = Buffer.alloc(64 * 1024, 0x20)

type Manner = 'true' | 'deaf' | 'nonsense' | 'page' | 'endless'

/** A device's port that can turn. */
class Turncoat implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #manner: Manner = 'true'
  calls = 0
  sentBytes = 0

  static async open(port: number): Promise<Turncoat> {
    const coat = new Turncoat(port)
    await new Promise<void>((resolve) => coat.#server.listen(0, '127.0.0.1', resolve))
    return coat
  }

  private constructor(port: number) {
    this.#server = createServer((socket) => {
      this.calls++
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      if (this.#manner === 'true') this.#pass(socket, port)
      else socket.on('data', () => this.#talk(socket))
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#sockets.size
  }

  turn(manner: Manner): void {
    this.#manner = manner
    this.calls = 0
    this.sentBytes = 0
    for (const socket of this.#sockets) socket.destroy()
  }

  #pass(near: Socket, port: number): void {
    const far = connect(port, '127.0.0.1')
    far.on('error', () => near.destroy())
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())
    near.pipe(far)
    far.pipe(near)
  }

  #talk(socket: Socket): void {
    if (this.#manner === 'nonsense') socket.write(Buffer.from('ff00fe01'.repeat(20), 'hex'))
    if (this.#manner === 'page')
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`)
    if (this.#manner !== 'endless') return
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n<?xml version="1.0"?><DeviceInfo>')
    const pour = () => {
      while (socket.writable && socket.write(endless)) this.sentBytes += endless.length
      this.sentBytes += endless.length
    }
    socket.on('drain', pour)
    pour()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

describe.concurrent('a device that turns', { timeout: 60_000 }, () => {
  it.each<[Manner, RegExp]>([
    ['deaf', /^link\.(timeout|closed|reset)$/],
    ['nonsense', /^(isapi\.not-isapi|link\.)/],
    ['page', /^isapi\.not-isapi$/],
    ['endless', /^(http\.size|link\.timeout|isapi\.)/],
  ])('%s says so, is asked less and less, leaves nothing behind, and may come back', async (manner, code) => {
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
    await using coat = await Turncoat.open(Number(new URL(emulator.devices[0]!.httpUrl).port))
    await using house = await openHouse(place)
    const address = `http://127.0.0.1:${coat.port}`
    const { device } = await house.add({ kind: 'isapi', address, userName: 'admin', password: 'Camera12345' })
    await awaitState(house, device.id, 'online')
    const before = coat.connections

    coat.turn(manner)
    let seen = ''
    await until(
      async () => {
        const { state } = (await house.call<typeof device>('GET', `/devices/${device.id}`)).body
        seen = `${state.state} ${state.cause?.code}`
        return state.state !== 'online' && code.test(state.cause?.code ?? '')
      },
      25_000,
      'the cause',
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${seen}`)
    })
    // Three waits of a back-off that doubles: few calls, none left open that was answered wrongly.
    const calls = coat.calls
    await until(() => coat.calls >= calls + 2, 20_000, 'another try')
    expect(coat.calls).toBeLessThan(20)
    expect(coat.connections).toBeLessThanOrEqual(4)
    expect(coat.sentBytes).toBeLessThan(coat.calls * 16 * 1024 * 1024)

    coat.turn('true')
    expect((await house.call('POST', `/devices/${device.id}/refresh`)).status).toBe(200)
    await awaitState(house, device.id, 'online', 20_000)
    await until(() => coat.connections <= before + 1, 10_000, 'the connections of before')
    expect(house.errors).toEqual([])
  })
})
