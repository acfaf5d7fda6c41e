// SPDX-License-Identifier: Apache-2.0
/** The places that a device sends its events to. */
import { profiles } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { clearHttpHost, readHttpHosts, setHttpHost, testHttpHost } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

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
})
