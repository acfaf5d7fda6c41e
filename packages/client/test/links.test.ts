// SPDX-License-Identifier: Apache-2.0
/** Events that do not reach a CMS are found and mended, in the way of each firmware. */
import { PeerError } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { linkEvents, openAlertStream, readEventLinks } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

describe('the links of events', () => {
  it.each(profileNames)('of %s are found missing, mended, and found good', async (profile) => {
    await using set = await openEmulated(profile, { fault: 'unlinked' })
    const before = await readEventLinks(set.isapi)
    expect(before.length).toBeGreaterThan(2)
    expect(new Set(before.map(({ state }) => state))).toEqual(new Set(['unlinked']))
    const mended = await linkEvents(set.door)
    expect(mended.map(({ id, state }) => [id, state])).toEqual(before.map(({ id }) => [id, 'mended']))
    for (const { methods } of mended) expect(methods).toEqual(['record', 'center']) // what was there stays
    expect(complaintsOf(set.written)).toEqual([])
    const puts = set.written.length
    expect((await linkEvents(set.door)).every(({ state }) => state === 'linked')).toBe(true)
    expect(set.written).toHaveLength(puts) // nothing to do, nothing sent
  })

  it('of smart events come unlinked with some firmware', async () => {
    await using set = await openEmulated('ipc-5.5')
    expect((await readEventLinks(set.isapi)).filter(({ state }) => state === 'unlinked')).toMatchObject([
      { id: 'linedetection-1', channel: 1, methods: ['record'] },
      { id: 'fielddetection-1' },
    ])
  })

  it('are mended for the kinds and channels that were named', async () => {
    await using set = await openEmulated('nvr-4', { fault: 'unlinked' })
    const mended = await linkEvents(set.door, { kinds: ['vmd'], channels: [2] })
    expect(mended).toEqual([
      { id: 'VMD-2', eventType: 'VMD', channel: 2, state: 'mended', methods: ['record', 'center'] },
    ])
    expect((await readEventLinks(set.isapi, { kinds: ['VMD'] })).map(({ state }) => state)).toEqual([
      'unlinked',
      'linked',
    ])
  })

  it('are told as refused where the device does not take them, with its reason', async () => {
    await using set = await openEmulated('ipc-5.7', { fault: 'unlinked' })
    const no = new PeerError('isapi.lowPrivilege', 'the device says lowPrivilege', { retry: 'never' })
    const deaf = { ...set.door, putXml: () => Promise.reject(no) }
    expect((await linkEvents(deaf, { kinds: ['VMD'] }))[0]).toMatchObject({
      state: 'refused',
      reason: { code: 'isapi.lowPrivilege' },
    })
    const yes = { ...set.door, putXml: () => Promise.resolve(undefined) }
    expect((await linkEvents(yes, { kinds: ['VMD'] }))[0]).toMatchObject({ reason: { code: 'setting.ignored' } })
  })

  it('decide what is sent', async () => {
    await using set = await openEmulated('ipc-5.7', { fault: 'unlinked' })
    const clock = realClock()
    const heard: string[] = []
    await using stream = openAlertStream(set.isapi, {
      clock,
      onEvent: ({ kind, state }) => heard.push(`${kind} ${state}`),
    })
    while (stream.stats.heartbeats === 0) await clock.sleep(5)
    const cross = (state: 'active' | 'inactive') =>
      set.emulator.raise(0, { type: 'linedetection', state, description: 'Line', channel: 1 })
    cross('active')
    cross('inactive')
    await linkEvents(set.door)
    set.emulator.raise(0, { type: 'fielddetection', state: 'active', description: 'Field', channel: 1 })
    while (!heard.includes('fieldIntrusion active')) await clock.sleep(5)
    expect(heard.filter((one) => one.startsWith('line'))).toEqual([])
  })
})
