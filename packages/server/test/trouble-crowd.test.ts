// SPDX-License-Identifier: Apache-2.0
/** A crowd of one address at the door that never says who it is: one more is dropped, who is inside notices nothing, and a place that is left is free. */
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { MAX_STRANGERS_OF_ADDRESS } from '../src/door/door.ts'
import { systemClock } from '../src/index.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

const knock = async (port: number): Promise<TLSSocket> => {
  // The certificate is not what is looked at here.
  const socket = connect({ host: '127.0.0.1', port, ALPNProtocols: ['hmp/1'], rejectUnauthorized: false })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

describe('a crowd at the door', { timeout: 40_000 }, () => {
  it('is let wait up to a number, and keeps nobody else from working', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { device, token } = await house.add({ kind: 'hmp' })
    await using _emulator = await startEmulator({
      cameras: 1,
      recorders: 0,
      httpPort: 0,
      rtspPort: 0,
      user: 'admin',
      password: 'Camera12345',
      clock: systemClock,
      hmp: { url: `hmps://127.0.0.1:${house.server.port}`, tokens: [token!] },
    })
    await awaitState(house, device.id, 'online')

    const crowd = await Promise.all(Array.from({ length: MAX_STRANGERS_OF_ADDRESS }, () => knock(house.server.port)))
    const oneMore = await knock(house.server.port)
    await until(() => oneMore.destroyed, 2000, 'the one too many to be dropped')
    expect(crowd.filter(({ destroyed }) => destroyed)).toHaveLength(0)
    await expect(house.view()).rejects.toThrow(/503/)
    await awaitState(house, device.id, 'online')

    crowd.pop()!.destroy()
    await until(async () => (await house.view().catch(() => undefined)) !== undefined, 2000, 'a free place')
    for (const socket of crowd) socket.destroy()
    expect(house.errors).toEqual([])
  })
})
