// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { ioOutputResource, readIoInputs, readIoOutputs, readPortIsActive } from './io-port.ts'
import { MAX_PRESETS, ptzMoveElement, ptzPositionElement, readPtzPresets, readPtzStatus } from './ptz.ts'

describe('orders to a moving camera', () => {
  it('hold all three speeds in order, and nothing out of range', () => {
    const text = (of: Parameters<typeof formatXml>[0]) => formatXml(of, { isFragment: true }).replace(/>\s+</g, '><')
    expect(text(ptzMoveElement({ zoom: -7.4 }))).toContain('<pan>0</pan><tilt>0</tilt><zoom>-7</zoom></PTZData>')
    expect(text(ptzMoveElement({ pan: 1 }, 500))).toContain('<Momentary><duration>500</duration></Momentary>')
    for (const wrong of [{ pan: 101 }, { tilt: -101 }, { zoom: Number.NaN }])
      expect(() => ptzMoveElement(wrong)).toThrow(expect.objectContaining({ code: 'setting.range' }))
    expect(() => ptzMoveElement({}, 0)).toThrow('duration')
  })

  it('are positions that are read as they were written', () => {
    const tenths = (min: number, max: number) => fc.integer({ min, max }).map((n) => n / 10)
    const position = fc.record({ azimuth: tenths(0, 3600), elevation: tenths(-900, 2700), zoom: tenths(10, 10_000) })
    fc.assert(
      fc.property(position, (one) => {
        expect(readPtzStatus(ptzPositionElement(one))).toEqual(one)
      }),
    )
  })
})

describe('what cameras say', () => {
  it('of positions and presets may be missing', () => {
    expect(
      readPtzStatus(parseXml('<PTZStatus><AbsoluteHigh><azimuth>1</azimuth></AbsoluteHigh></PTZStatus>')),
    ).toBeUndefined()
    const preset = '<PTZPreset><id>1</id></PTZPreset>'
    const list = (count: number) =>
      readPtzPresets(parseXml(`<PTZPresetList>${preset.repeat(count)}<PTZPreset/></PTZPresetList>`))
    expect(list(1)).toEqual([{ id: 1, name: '', isEnabled: true }])
    expect(list(MAX_PRESETS + 1)).toHaveLength(MAX_PRESETS)
  })

  it('of ports is read alone and in a list; a state of its own may be missing', () => {
    const output = '<IOOutputPort><id>2</id><name>x</name></IOOutputPort>'
    const read = { id: 2, name: 'x', restState: undefined, pulseMs: undefined }
    expect(readIoOutputs(parseXml(output))).toEqual([read])
    expect(readIoOutputs(parseXml(`<IOOutputPortList>${output}</IOOutputPortList>`))).toEqual([read])
    expect(readIoInputs(parseXml('<IOInputPortList/>'))).toEqual([])
    expect(() => ioOutputResource(2).write!(parseXml(output), { pulseMs: 1 })).toThrow('no state of its own')
    expect(readPortIsActive(parseXml('<IOPortStatus/>'))).toBeUndefined()
  })
})
