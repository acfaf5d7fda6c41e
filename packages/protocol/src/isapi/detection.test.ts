// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { motionResource, tamperResource } from './detection.ts'
import { MAX_GRID, readGrid, writeGrid } from './grid.ts'
import { MAX_POINTS, readPoints, writePoints } from './region.ts'
import type { Resource } from './resource.ts'
import { MAX_BLOCKS_PER_DAY, scheduleResource } from './schedule.ts'
import { smartResource } from './smart.ts'

const written = <V, C>(resource: Resource<V, C>, xml: string, change: C): string => {
  const document = parseXml(xml)
  resource.write!(document, change)
  return formatXml(document, { isFragment: true }).replace(/>\s+</g, '><').trim()
}

describe('a grid', () => {
  it('is what it was, whatever its size', () => {
    const grid = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 40 })).chain(([rows, columns]) =>
      fc.array(fc.array(fc.boolean(), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    )
    fc.assert(
      fc.property(grid, (cells) => {
        const [rows, columns] = [cells.length, cells[0]!.length]
        expect(readGrid(writeGrid(cells, rows, columns), rows, columns)).toEqual(cells)
      }),
    )
  })

  it('has its left column in the highest bit, and no cells where the map is none', () => {
    const first = readGrid(`800000${'000000'.repeat(17)}`, 18, 22)!
    expect(first[0]!.indexOf(true)).toBe(0)
    expect(first.flat().filter(Boolean)).toHaveLength(1)
    for (const [map, rows, columns] of [
      ['', 18, 22],
      ['zz', 1, 8],
      ['ff', 1, 9],
      ['ff', MAX_GRID + 1, 1],
    ] as const)
      expect(readGrid(map, rows, columns)).toBeUndefined()
  })
})

describe('points', () => {
  it('are fractions from the top left of what the device counts from the bottom left', () => {
    const list = parseXml(
      '<RegionCoordinatesList><RegionCoordinates><positionX>0</positionX><positionY>1000</positionY><z>kept</z></RegionCoordinates><RegionCoordinates><positionX>250</positionX></RegionCoordinates></RegionCoordinatesList>',
    )
    const raster = { width: 1000, height: 1000 }
    expect(readPoints(list, raster)).toEqual([{ x: 0, y: 0 }])
    writePoints(list, [{ x: 1, y: 0.75 }], raster)
    expect(formatXml(list, { isFragment: true }).replace(/\s+/g, '')).toBe(
      '<RegionCoordinatesList><RegionCoordinates><positionX>1000</positionX><positionY>250</positionY><z>kept</z></RegionCoordinates></RegionCoordinatesList>',
    )
    for (const wrong of [[{ x: 1.1, y: 0 }], [{ x: Number.NaN, y: 0 }], Array(MAX_POINTS + 1).fill({ x: 0, y: 0 })])
      expect(() => writePoints(list, wrong, raster)).toThrow(expect.objectContaining({ code: 'setting.range' }))
  })
})

describe('a document of detection', () => {
  it('keeps what we do not know', () => {
    const motion =
      '<MotionDetection xmlns="urn:x"><enabled>true</enabled><vendorThing a="1"/><Grid><rowGranularity>1</rowGranularity><columnGranularity>8</columnGranularity></Grid><MotionDetectionLayout><sensitivityLevel>60</sensitivityLevel><layout><gridMap>ff</gridMap><more>x</more></layout></MotionDetectionLayout></MotionDetection>'
    const cells = [[true, false, false, false, false, false, false, true]]
    expect(written(motionResource({ channel: 1, isProxied: false }), motion, { grid: cells, isEnabled: false })).toBe(
      motion.replace('>ff<', '>81<').replace('>true<', '>false<'),
    )
    const tamper =
      '<TamperDetection><enabled>true</enabled><TamperDetectionRegionList><TamperDetectionRegion><id>1</id><sensitivityLevel>60</sensitivityLevel></TamperDetectionRegion></TamperDetectionRegionList></TamperDetection>'
    expect(written(tamperResource({ channel: 3, isProxied: true }), tamper, { sensitivity: 20 })).toBe(
      tamper.replace('60', '20'),
    )
    const line =
      '<LineDetection><id>1</id><enabled>false</enabled><LineItemList size="4"><LineItem><id>1</id><enabled>false</enabled><sensitivityLevel>50</sensitivityLevel><CoordinatesList><Coordinates><positionX>0</positionX><positionY>1000</positionY></Coordinates></CoordinatesList><alarmConfidence opt="low,high">low</alarmConfidence></LineItem></LineItemList><recogRuleType>vectorMode</recogRuleType></LineDetection>'
    expect(
      written(smartResource('lineCrossing', 1), line, { isEnabled: true, rules: [{ id: 1, sensitivity: 51 }] }),
    ).toBe(line.replace('<id>1</id><enabled>false', '<id>1</id><enabled>true').replace('>50<', '>51<'))
    // Both points in one corner: nobody drew it; and so it is made again.
    expect(smartResource('lineCrossing', 1).read(parseXml(line)).rules[0]!.points).toEqual([])
    const undrawn = smartResource('lineCrossing', 1).read(
      parseXml(written(smartResource('lineCrossing', 1), line, { rules: [{ id: 1, points: [] }] })),
    )
    expect(undrawn.rules[0]).toMatchObject({ points: [], sensitivity: 50 })
    const schedule =
      '<Schedule><id>VMD_video1</id><TimeBlockList size="56"/><HolidayBlockList><x/></HolidayBlockList></Schedule>'
    expect(written(scheduleResource('motion', 1), schedule, { blocks: [{ day: 2, from: 61, to: 1440 }] })).toContain(
      '<TimeBlock><dayOfWeek>2</dayOfWeek><TimeRange><beginTime>01:01</beginTime><endTime>24:00</endTime></TimeRange></TimeBlock></TimeBlockList><HolidayBlockList><x/>',
    )
  })

  it('takes no more blocks a day than devices do', () => {
    const blocks = Array.from({ length: MAX_BLOCKS_PER_DAY + 1 }, (_, i) => ({ day: 1, from: i, to: i + 1 }))
    const write = (count: number) =>
      written(scheduleResource('motion', 1), '<Schedule/>', { blocks: blocks.slice(0, count) })
    expect(write(MAX_BLOCKS_PER_DAY)).toContain('00:08')
    expect(() => write(MAX_BLOCKS_PER_DAY + 1)).toThrow(/at most 8/)
  })

  it('is sought where the device has it', () => {
    expect(motionResource({ channel: 17, isProxied: true }).path).toBe(
      '/ISAPI/ContentMgmt/InputProxy/channels/17/video/motionDetection',
    )
    expect(smartResource('intrusion', 2).path).toBe('/ISAPI/Smart/FieldDetection/2')
  })
})
