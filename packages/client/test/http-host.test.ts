// SPDX-License-Identifier: Apache-2.0
/** The places that a device sends its events to. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { profiles } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { clearHttpHost, readHttpHosts, setHttpHost, testHttpHost } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

/** A listener that keeps what it is sent. */
const listen = async () => {
  const got: { url: string; contentType: string; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request.setEncoding('utf8')) body += piece
    got.push({ url: request.url ?? '', contentType: request.headers['content-type'] ?? '', body })
    response.writeHead(200, { 'content-length': 0 }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    got,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await realClock().sleep(5)
}

const ours = { host: '192.0.2.10', port: 8443, url: '/push/7f3?a=1&b=2', protocol: 'HTTPS' } as const
const other = { host: 'nvr.example', port: 8080, url: '/other', protocol: 'HTTP' } as const

describe.each(profileNames)('httpHosts of %s', (profile) => {
  const { httpHosts } = profiles[profile].media

  it('take us into an empty place, once, are tried, and let us go', async () => {
    await using set = await openEmulated(profile)
    expect((await readHttpHosts(set.door)).map(({ host }) => host)).toEqual(Array(httpHosts).fill(undefined))
    await expect(testHttpHost(set.door, 1)).rejects.toMatchObject({ code: 'isapi.invalidOperation' })
    expect(await setHttpHost(set.door, ours)).toMatchObject({ id: 1, ...ours })
    expect(await setHttpHost(set.door, ours)).toMatchObject({ id: 1, ...ours })
    expect((await readHttpHosts(set.door)).filter(({ host }) => host !== undefined)).toHaveLength(1)
    await testHttpHost(set.door, 1)
    expect(complaintsOf(set.written)).toEqual([])
    expect(await clearHttpHost(set.door, 1)).toMatchObject({ host: undefined, url: '/' })
  })

  it('leave the places of others alone', async () => {
    await using set = await openEmulated(profile)
    expect(await setHttpHost(set.door, other)).toMatchObject(other)
    if (httpHosts === 1)
      await expect(setHttpHost(set.door, ours)).rejects.toMatchObject({
        code: 'http-host.full',
        message: expect.stringContaining('nvr.example:8080'),
      })
    else expect(await setHttpHost(set.door, ours)).toMatchObject({ id: 2, ...ours })
    expect((await readHttpHosts(set.door))[0]).toMatchObject({ id: 1, ...other })
    await expect(clearHttpHost(set.door, 9)).rejects.toThrow('no place 9')
  })

  it('are sent events, and called broken while nobody is there', async () => {
    await using set = await openEmulated(profile)
    await using listener = await listen()
    const to = { host: '127.0.0.1', port: listener.port, url: '/push/7?a=1', protocol: 'HTTP' } as const
    const { id } = await setHttpHost(set.door, to)
    const cross = (state: 'active' | 'inactive') =>
      set.emulator.raise(0, { type: 'IO', state, description: 'IO alarm', input: 1 })
    cross('active')
    const ofInput = () => listener.got.find(({ body }) => body.includes('<eventType>IO</eventType>'))
    await until(() => ofInput() !== undefined)
    const first = ofInput()
    const isForm = profiles[profile].media.pushesForms
    expect(first).toMatchObject({ url: '/push/7?a=1' })
    expect(first!.contentType).toMatch(isForm ? /^multipart\/form-data; boundary=/ : /^application\/xml/)
    expect(listener.got.some(({ body }) => body.includes('videoloss'))).toBe(false)
    await listener[Symbol.asyncDispose]()
    cross('active')
    await until(async () => (await readHttpHosts(set.isapi)).find((one) => one.id === id)!.isBroken === true)
    await clearHttpHost(set.door, id)
  })
})
