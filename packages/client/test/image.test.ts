// SPDX-License-Identifier: Apache-2.0
/** The looks of a picture, and what is written into it, on each firmware. */
import { profiles } from '@openhmp/emulator'
import { channelNameResource, type ImageChange, imageResource, overlayResource } from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { changeImage, changeResource, readResource } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

describe.each(profileNames)('the picture of %s', (profile) => {
  const place = { channel: 1, isProxied: profiles[profile].kind === 'recorder' }
  const parts = profiles[profile].media.imageParts as readonly string[]

  it('changes in each of its looks, whole or part by part', async () => {
    await using set = await openEmulated(profile)
    const change: ImageChange = {
      brightness: 40,
      contrast: 60,
      saturation: 0,
      ...(parts.includes('sharpness') && { sharpness: 100 }),
      ...(parts.includes('ircutFilter') && { dayNight: 'night' }),
      ...(parts.includes('WDR') && { wdr: 'on', wdrLevel: 70 }),
      ...(parts.includes('imageFlip') && { mirror: 'horizontal' }),
    }
    const { after, before, differences } = await changeImage(set.door, 1, change)
    expect(differences).toEqual([])
    expect(before).toMatchObject({ brightness: 50, contrast: 50 })
    expect(after).toMatchObject(change)
    expect(await readResource(set.isapi, imageResource(1))).toEqual(after)
    expect(complaintsOf(set.written)).toEqual([])
    if (parts.includes('imageFlip'))
      expect((await changeImage(set.door, 1, { mirror: 'none' })).after).toMatchObject({
        mirror: 'none',
        brightness: 40,
      })
  })

  it('refuses what there is not, and levels that are none', async () => {
    await using set = await openEmulated(profile)
    if (!parts.includes('WDR'))
      await expect(changeImage(set.door, 1, { wdr: 'on' })).rejects.toMatchObject({
        code: 'setting.absent',
        message: expect.stringContaining('wdr'),
      })
    await expect(changeImage(set.door, 1, { contrast: 101 })).rejects.toThrow(
      'contrast is a whole number from 0 to 100',
    )
    expect(set.written).toEqual([])
  })

  it('bears name, date and lines of text', async () => {
    await using set = await openEmulated(profile)
    const resource = overlayResource(place)
    const change = {
      name: { isShown: false },
      date: { format: 'DD-MM-YYYY', clock: '12hour', isWeekdayShown: false, at: { x: 0.5, y: 0.25 } },
      texts: [{ id: 2, isShown: true, text: 'Gate <2> & yard', at: { x: 0.25, y: 0.5 } }],
    }
    const { isAsTold, after, before } = await changeResource(set.door, resource, change)
    expect(before).toMatchObject({ name: { isShown: true }, date: { isShown: true, format: 'YYYY-MM-DD' } })
    expect(before.texts).toHaveLength(4)
    expect({ isAsTold, after }).toMatchObject({
      isAsTold: true,
      after: { name: change.name, date: change.date, texts: [{ text: '' }, change.texts[0], {}, {}] },
    })
    const long = await changeResource(set.door, resource, { texts: [{ id: 1, text: 'x'.repeat(30) }] })
    expect(long.after.texts[0]!.text).toHaveLength(profile === 'ipc-5.2' ? 22 : 30)
    expect(long.isAsTold).toBe(profile !== 'ipc-5.2')
    await expect(changeResource(set.door, resource, { texts: [{ id: 5 }] })).rejects.toThrow('4 lines, and none 5')
    const wrong = changeResource(set.door, resource, { date: { format: 'stardate' } })
    await expect(wrong).rejects.toMatchObject({ code: 'isapi.badParameters' })
    expect(complaintsOf(set.written)).toEqual([])
  })

  it('is renamed', async () => {
    await using set = await openEmulated(profile)
    expect(await changeResource(set.door, channelNameResource(place), { name: 'Hof' })).toMatchObject({
      isAsTold: true,
      after: { name: 'Hof' },
    })
    expect(set.emulator.device(0).channelName(1)).toBe('Hof')
  })
})
