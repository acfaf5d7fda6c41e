// SPDX-License-Identifier: Apache-2.0
/** Attacks by addresses at a site: whatever a device or a name says, the agent goes where the site's owner said, and nowhere else. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { IsapiClient, openRtsp } from '@openhmp/client'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../../tools/testing/real-clock.ts'
import { reachOf } from './networks.ts'

const SITE = ['192.168.1.0/24', 'fd12:3456::/32']
const clock = realClock()

describe('an agent', () => {
  it.each([
    ['192.168.1.64', undefined, '192.168.1.64', true],
    ['192.168.1.64', SITE, '192.168.1.64', true],
    ['camera.local', SITE, 'fd12:3456::64', true],
    ['192.168.1.64', SITE, '::ffff:192.168.1.64', true],
    ['127.0.0.1', undefined, '127.0.0.1', true],
    ['localhost', undefined, '::1', true],
    ['192.168.1.64', SITE, '192.168.2.64', false],
    ['192.168.1.64', SITE, '::ffff:10.0.0.1', false],
    ['camera.local', SITE, 'fd12:3457::64', false],
    ['camera.local', undefined, '127.0.0.1', false],
    ['camera.local', undefined, '::ffff:127.0.0.1', false],
    ['camera.local', undefined, '::1', false],
    ['127.0.0.1', SITE, '127.0.0.1', false],
    ['camera.local', undefined, '169.254.169.254', false],
    ['169.254.169.254', undefined, '169.254.169.254', false],
    ['camera.local', ['0.0.0.0/0'], '169.254.169.254', false],
    ['camera.local', undefined, '64:ff9b::a9fe:a9fe', false],
    ['camera.local', undefined, '224.0.0.1', false],
    ['camera.local', undefined, '0.0.0.0', false],
    ['camera.local', [], '192.168.1.64', false],
  ] as const)('that knows %s, within %j, calls %s: %s', (host, networks, address, isAllowed) => {
    const call = () => reachOf(host, networks)(address, 80)
    if (isAllowed) expect(call).not.toThrow()
    else expect(call).toThrow(expect.objectContaining({ code: 'address.forbidden' }))
  })

  it('connects to nothing of what it may not call, by ISAPI or RTSP, by number or by name', async () => {
    let calls = 0
    const server = createServer(() => calls++).on('connection', () => calls++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const credentials = { username: 'admin', password: 'x' }
    const signal = AbortSignal.timeout(10_000)
    for (const host of ['127.0.0.1', 'localhost']) {
      const reach = reachOf('camera.local', SITE)
      await using isapi = new IsapiClient({ address: `${host}:${port}`, credentials, clock, reach })
      const refused = expect.objectContaining({ code: 'address.forbidden' })
      await expect(isapi.get('/ISAPI/System/deviceInfo', { signal })).rejects.toEqual(refused)
      const url = `rtsp://${host}:${port}/Streaming/Channels/101`
      await expect(
        openRtsp({ url, credentials, clock, signal, reach, transport: 'tcp', onUnit: () => {} }),
      ).rejects.toEqual(refused)
    }
    await new Promise((resolve) => server.close(resolve))
    expect(calls).toBe(0)
  })
})
