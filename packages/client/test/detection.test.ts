// SPDX-License-Identifier: Apache-2.0
/** Motion, tamper, schedules and smart events are written and read back, on each firmware in its way. */
import { profiles } from '@openhmp/emulator'
import {
  ALWAYS,
  motionResource,
  type SmartKind,
  scheduleResource,
  smartResource,
  tamperResource,
  videoLossResource,
} from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { changeResource, readResource, restoreResource } from '../src/index.ts'
import { complaintsOf, openEmulated, type ProfileName, profileNames } from './emulated.ts'

const placeOf = (profile: ProfileName) => ({ channel: 1, isProxied: profiles[profile].kind === 'recorder' })
const square = [
  { x: 0.1, y: 0.2 },
  { x: 0.5, y: 0.2 },
  { x: 0.5, y: 0.75 },
  { x: 0.1, y: 0.75 },
]
const rounds = (profile: ProfileName) => profiles[profile].rules.some(({ at }) => at.includes('motionDetection'))

describe.each(profileNames)('detection of %s', (profile) => {
  it('motion: cells, level and switch are read back; a rounded level is told', async () => {
    await using set = await openEmulated(profile)
    const resource = motionResource(placeOf(profile))
    const former = await readResource(set.door, resource)
    expect(former).toMatchObject({ isEnabled: true, sensitivity: 60 })
    expect(former.grid).toHaveLength(18)
    const grid = former.grid!.map((cells, row) => cells.map((_, column) => row === 3 && column > 19))
    const changed = await changeResource(set.door, resource, { isEnabled: false, sensitivity: 80, grid })
    expect(changed).toMatchObject({ isAsTold: true, after: { isEnabled: false, sensitivity: 80, grid } })
    const odd = await changeResource(set.door, resource, { sensitivity: 47 })
    expect(odd).toMatchObject(
      rounds(profile)
        ? {
            isAsTold: false,
            after: { sensitivity: 40 },
            differences: [{ place: 'MotionDetectionLayout/sensitivityLevel', told: '47', is: '40' }],
          }
        : { isAsTold: true, after: { sensitivity: 47 } },
    )
    await restoreResource(set.door, resource, changed.documentBefore)
    expect(await readResource(set.door, resource)).toEqual(former)
    expect(complaintsOf(set.written)).toEqual([])
  })

  it('motion: targets and regions where the firmware has them, else a refusal that says so', async () => {
    await using set = await openEmulated(profile)
    const resource = motionResource(placeOf(profile))
    const change = changeResource(set.door, resource, { targets: ['human'], regions: [square] })
    if (profiles[profile].media.hasTargets)
      expect(await change).toMatchObject({ isAsTold: true, after: { targets: ['human'], regions: [square] } })
    else await expect(change).rejects.toMatchObject({ code: expect.stringMatching(/^setting\.(absent|range)$/) })
  })

  it('tamper: level and region, on its own raster', async () => {
    await using set = await openEmulated(profile)
    const resource = tamperResource(placeOf(profile))
    const { after } = await changeResource(set.door, resource, { isEnabled: true, sensitivity: 20, regions: [square] })
    expect(after).toMatchObject({ isEnabled: true, sensitivity: 20 })
    for (const [i, point] of after.regions[0]!.entries()) {
      expect(point.x).toBeCloseTo(square[i]!.x, 2)
      expect(point.y).toBeCloseTo(square[i]!.y, 2)
    }
  })

  it('a lost picture, where it is looked for', async () => {
    await using set = await openEmulated(profile)
    const change = changeResource(set.door, videoLossResource(placeOf(profile)), { isEnabled: false })
    if (['nvr-4', 'ipc-5.2'].includes(profile)) expect((await change).after).toEqual({ isEnabled: false })
    else await expect(change).rejects.toMatchObject({ code: 'isapi.not-supported' })
  })

  it('a schedule: a week of blocks', async () => {
    await using set = await openEmulated(profile)
    const resource = scheduleResource('motion', 1)
    expect((await readResource(set.door, resource)).blocks).toEqual(ALWAYS)
    const full = Array.from({ length: 56 }, (_, i) => ({
      day: 1 + Math.floor(i / 8),
      from: (i % 8) * 180 + 61,
      to: (i % 8) * 180 + 180,
    }))
    for (const blocks of [full, [], [{ day: 7, from: 0, to: 1440 }]])
      expect(await changeResource(set.door, resource, { blocks })).toMatchObject({ isAsTold: true, after: { blocks } })
    expect(complaintsOf(set.written)).toEqual([])
  })

  it.each<SmartKind>(['lineCrossing', 'intrusion', 'regionEntrance', 'regionExit', 'sceneChange', 'audioException'])(
    '%s: rules are drawn and read back, or the function is not there',
    async (kind) => {
      await using set = await openEmulated(profile)
      const resource = smartResource(kind, 1)
      const word = {
        lineCrossing: 'linedetection',
        intrusion: 'fielddetection',
        regionEntrance: 'regionEntrance',
        regionExit: 'regionExiting',
        sceneChange: 'scenechangedetection',
        audioException: 'audioexception',
      } as const
      const { media } = profiles[profile]
      if (!(media.smart as readonly string[]).includes(word[kind])) {
        await expect(readResource(set.door, resource)).rejects.toMatchObject({ code: 'isapi.not-supported' })
        return
      }
      const isLine = kind === 'lineCrossing'
      const hasRules = !['sceneChange', 'audioException'].includes(kind)
      const points = isLine ? square.slice(0, 2) : square
      const changed = await changeResource(set.door, resource, {
        isEnabled: true,
        ...(hasRules
          ? {
              rules: [
                { id: 2, isEnabled: true, sensitivity: 40, points, ...(isLine ? { direction: 'left-right' } : {}) },
              ],
            }
          : { sensitivity: 80 }),
      })
      expect(changed).toMatchObject({ isAsTold: true, after: { isEnabled: true } })
      if (hasRules) {
        expect(changed.after.rules).toHaveLength(4)
        expect(changed.after.rules[1]).toMatchObject({ id: 2, sensitivity: 40, points })
        expect(changed.after.rules[1]!.isEnabled).toBe(media.hasRuleSwitch ? true : undefined)
        if (isLine) expect(changed.after.rules[1]!.direction).toBe('left-right')
      } else expect(changed.after.sensitivity).toBe(80)
      expect(complaintsOf(set.written)).toEqual([])
    },
  )
})

describe('a refused setting', () => {
  it('says which and why', async () => {
    await using set = await openEmulated('ipc-5.7')
    const motion = motionResource({ channel: 1, isProxied: false })
    await expect(changeResource(set.door, motion, { sensitivity: 101 })).rejects.toThrow(
      /sensitivity.*0 to 100, not 101/,
    )
    await expect(changeResource(set.door, motion, { grid: [[true]] })).rejects.toThrow(/18 rows of 22 columns/)
    const line = smartResource('lineCrossing', 1)
    await expect(changeResource(set.door, line, { rules: [{ id: 1, direction: 'upwards' }] })).rejects.toMatchObject({
      code: 'isapi.badParameters',
    })
    await expect(changeResource(set.door, line, { rules: [{ id: 9 }] })).rejects.toThrow(/4 rules, and none 9/)
    await expect(changeResource(set.door, line, { rules: [{ id: 1, points: square }] })).rejects.toThrow(/two points/)
    const wrong = changeResource(set.door, scheduleResource('motion', 1), {
      blocks: [
        { day: 1, from: 0, to: 60 },
        { day: 1, from: 30, to: 90 },
      ],
    })
    await expect(wrong).rejects.toThrow(/day 1 overlap/)
    expect(set.written.filter(({ path }) => !path.includes('LineDetection'))).toEqual([]) // refused before it is sent
  })
})
