// SPDX-License-Identifier: Apache-2.0
/** A camera that dials in through an HTTP proxy (RFC 9110 §9.3.6), which here is the only one that reaches the CMS. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

const ACCOUNT = 'gate:a proxy:s word'

/** A proxy of Node's own HTTP server: it knows the CMS by a name that nobody else does. */
const startProxy = async (cmsPort: number) => {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '')
    socket.on('error', () => {})
    const login = Buffer.from(request.headers['proxy-authorization']?.slice('Basic '.length) ?? '', 'base64')
    const refuse = (line: string) => void socket.end(`HTTP/1.1 ${line}\r\n\r\n`)
    if (login.toString() !== ACCOUNT) return refuse('407 Proxy Authentication Required')
    if (request.url !== 'cms.example:8443') return refuse('502 No such host')
    const onward = connect(cmsPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    asked,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const dial = (url: string, token: string, proxy: string, onLine?: (line: string) => void) =>
  emulate({
    hmp: { url, tokens: [token], proxy },
    ...(onLine ? { onLine } : {}),
  })

describe.each(['hmps', 'wss'])('over %s', (scheme) => {
  const url = `${scheme}://cms.example:8443`

  it('is online and shows pictures; the proxy finds the CMS, and takes its account', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    using proxy = await startProxy(house.server.port)
    const { device, token } = await house.add({ kind: 'hmp', name: 'Gate' })
    const account = 'gate:a%20proxy%3As%20word'
    await using _emulator = await dial(url, token!, `http://${account}@${proxy.address}`)
    await awaitState(house, device.id, 'online')
    const watched = await (await house.view()).open(device.id)
    await watched.count(5)
    expect(new Set(proxy.asked)).toEqual(new Set(['cms.example:8443']))
  }, 20_000)

  it('says in one line that the proxy refuses it, and why', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    using proxy = await startProxy(house.server.port)
    const { token } = await house.add({ kind: 'hmp', name: 'Gate' })
    const lines: string[] = []
    await using _emulator = await dial(url, token!, `http://${proxy.address}`, (line) => lines.push(line))
    await until(async () => lines.some((line) => line.includes('407')), 5000, 'the refusal')
    expect(lines.find((line) => line.includes('407'))).toContain(
      `the proxy ${proxy.address} answers 407 Proxy Authentication Required`,
    )
  }, 20_000)
})
