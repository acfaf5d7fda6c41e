// SPDX-License-Identifier: Apache-2.0
import { doorOver } from '@openhmp/client'
import { type Clock, LinkError, PeerError, utf8 } from '@openhmp/protocol/base'
import { parseXml, textAt } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import type { KnownDevice } from '../fleet/device-row.ts'
import type { Change } from '../fleet/fleet.ts'
import type { Gear } from '../fleet/gear.ts'
import type { JobTarget } from '../job/kind.ts'
import { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import { GIVEN_PASSWORD, PasswordJob, type PasswordMemo } from './password-job.ts'

/** What a device does when it is told: all well, no answer though it did it, nor though it did not, a no, a yes that is none, away from then on. */
type Nature = 'good' | 'did-and-silent' | 'did-not-and-silent' | 'refuses' | 'lies' | 'away'

const sealer = new Sealer(new Uint8Array(32).fill(1))
const away = () => new LinkError('link.reset', 'cut', { address: 'x' })
const answer = (text: string, status = 200) => ({ status, contentType: 'application/xml', bytes: utf8(text) })

const world = (nature: Nature) => {
  const clock: Clock & { ms: number } = {
    ms: 0,
    now: () => clock.ms,
    monotonic: () => clock.ms,
    sleep: async (ms) => {
      clock.ms += ms
    },
  }
  const device = { password: 'Present-1', isAway: false, wrong: 0 }
  let known = {
    ...{ id: 'd', kind: 'isapi', userName: 'admin', isDemo: false, secret: new Secret('Present-1') },
  } as unknown as KnownDevice
  /** What the disk has held, oldest first: present and next. */
  const disk: [string | undefined, string | undefined][] = []
  const login = (password: string) => {
    if (device.isAway) throw away()
    if (password === device.password) return
    device.wrong++
    throw new PeerError('isapi.unauthorized', 'wrong', { retry: 'after-login' })
  }
  const user = '<User><id>1</id><userName>admin</userName></User>'
  const open = ({ secret }: KnownDevice): Gear => {
    const password = secret!.reveal()
    const door = doorOver('x', async ({ method, path, body }) => {
      login(password)
      if (method === 'GET') return answer(path.endsWith('/users') ? `<UserList>${user}</UserList>` : user)
      // The new password was on the disk before it went out.
      expect(disk.at(-1)).toEqual(['Present-1', textAt(parseXml(body!), 'password')])
      expect(textAt(parseXml(body!), 'loginPassword')).toBe('Present-1')
      if (nature === 'refuses')
        return answer(
          '<ResponseStatus><statusCode>6</statusCode><subStatusCode>badParameters</subStatusCode></ResponseStatus>',
          400,
        )
      if (nature !== 'did-not-and-silent' && nature !== 'lies') device.password = textAt(parseXml(body!), 'password')!
      device.isAway = nature === 'away'
      if (nature.endsWith('silent') || nature === 'away') throw away()
      return answer('<ResponseStatus><statusCode>1</statusCode><subStatusCode>ok</subStatusCode></ResponseStatus>')
    })
    const uptime = async () => {
      login(password)
      return 1
    }
    return { door, uptime, [Symbol.asyncDispose]: async () => {} } as Partial<Gear> as Gear
  }
  const change: Change = {
    get known() {
      return known
    },
    keep: async (some) => {
      known = { ...known, ...some }
      disk.push([known.secret?.reveal(), known.nextSecret?.reveal()])
      return known
    },
    open,
  }
  let memo: PasswordMemo | undefined
  const job = new PasswordJob({
    ...{ sealer, clock, onChanged: async () => {} },
    fleet: { settled: async () => known, changing: (_id, work) => work(change) },
  })
  const run = (given?: string) =>
    job.run(
      { known } as JobTarget,
      given === undefined ? {} : { given: sealer.seal(new Secret(given), GIVEN_PASSWORD) },
      {
        ...{ memo, signal: new AbortController().signal, progress: () => {}, log: () => {} },
        remember: async (next) => {
          memo = next
        },
      },
    )
  return { run, device, disk, known: () => known }
}

describe('a new password', () => {
  it.each(['good', 'did-and-silent'] as const)('is proven and kept: %s', async (nature) => {
    const { run, device, disk, known } = world(nature)
    expect(await run()).toEqual({ userName: 'admin' })
    expect(disk.at(-1)).toEqual([device.password, undefined])
    expect([known().secret!.reveal() === 'Present-1', device.wrong]).toEqual([false, 0])
    // Run once more, as after a crash right before its end was written down: nothing is done again.
    const { password } = device
    expect(await run()).toEqual({ userName: 'admin' })
    expect(device.password).toBe(password)
  })

  it.each([
    ['did-not-and-silent', 'password.kept', 1],
    ['lies', 'password.kept', 1],
    ['refuses', 'isapi.badParameters', 0],
  ] as const)('leaves the old one where the device did not take it: %s', async (nature, code, wrong) => {
    const { run, device, disk } = world(nature)
    await expect(run()).rejects.toMatchObject({ code })
    expect(disk.at(-1)).toEqual(['Present-1', undefined])
    expect([device.password, device.wrong]).toEqual(['Present-1', wrong])
  })

  it('stays beside the old one while nobody knows', async () => {
    const { run, device, disk } = world('away')
    await expect(run()).rejects.toMatchObject({ code: 'password.unclear' })
    expect(disk.at(-1)).toEqual(['Present-1', device.password])
    expect(device.wrong).toBe(0)
  })

  it('may be given, and is then one that devices take', async () => {
    const { run, device } = world('good')
    await expect(run('has admin 1')).rejects.toMatchObject({ code: 'password.policy' })
    await run('Given-123')
    expect(device.password).toBe('Given-123')
  })
})
