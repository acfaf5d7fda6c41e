// SPDX-License-Identifier: Apache-2.0
import { fromUtf8, utf8 } from '@openhmp/protocol/base'
import {
  ptzMoveElement,
  ptzPositionElement,
  ptzPresetElement,
  readPtzPresets,
  readPtzStatus,
} from '@openhmp/protocol/isapi'
import { formatXml, parseXml, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { MAX_PRESETS } from './ptz.ts'
import { PtzHead } from './ptz-head.ts'
import { answerIsapi } from './router.ts'

const make = () => {
  const set = testDevice('ptz')
  const ask = (method: string, path: string, body?: XmlElement) => {
    const target = `/ISAPI/PTZCtrl/channels/1/${path}`
    const bytes = utf8(body ? formatXml(body) : '')
    const answer = answerIsapi(set.device, { method, target, body: bytes, user: 'admin' })
    return parseXml(fromUtf8(answer.body))
  }
  return {
    ...set,
    put: (path: string, body?: XmlElement) => textAt(ask('PUT', path, body), 'subStatusCode'),
    remove: (path: string) => textAt(ask('DELETE', path), 'subStatusCode'),
    at: () => readPtzStatus(ask('GET', 'status')),
    presets: () => readPtzPresets(ask('GET', 'presets')),
  }
}

describe('a moving camera', () => {
  it('moves until it is stopped, and no further than it can', async () => {
    const { clock, put, at } = make()
    expect(at()).toEqual({ azimuth: 0, elevation: 15, zoom: 1 })
    expect(put('continuous', ptzMoveElement({ pan: -50, tilt: 100, zoom: 100 }))).toBe('ok')
    await clock.advance(1000)
    expect(at()).toEqual({ azimuth: 315, elevation: 75, zoom: 7 })
    await clock.advance(9000)
    expect(at()).toEqual({ azimuth: 270, elevation: 90, zoom: 25 }) // once around and more
    put('continuous', ptzMoveElement({}))
    await clock.advance(5000)
    expect(at()).toEqual({ azimuth: 270, elevation: 90, zoom: 25 })
  })

  it('moves for a while', async () => {
    const { clock, put, at } = make()
    put('momentary', ptzMoveElement({ pan: 100 }, 500))
    await clock.advance(10_000)
    expect(at()!.azimuth).toBe(45)
    expect(put('momentary', ptzMoveElement({ pan: 100 }))).toBe('messageParametersLack')
  })

  it('goes to a position and to presets by the shorter way; each takes its time', async () => {
    const { clock, put, at, presets, remove } = make()
    expect(put('absolute', ptzPositionElement({ azimuth: 350, elevation: 20, zoom: 2 }))).toBe('ok')
    await clock.advance(50)
    expect(at()!.azimuth).toBe(355.5)
    await clock.advance(1000)
    expect(at()).toEqual({ azimuth: 350, elevation: 20, zoom: 2 })
    expect(put('presets/7', ptzPresetElement(7, 'Gate, left'))).toBe('ok')
    expect(presets()).toEqual([{ id: 7, name: 'Gate, left', isEnabled: true }])
    put('absolute', ptzPositionElement({ azimuth: 10, elevation: -5, zoom: 25 }))
    await clock.advance(5000)
    expect(put('presets/7/goto')).toBe('ok')
    await clock.advance(5000)
    expect(at()).toEqual({ azimuth: 350, elevation: 20, zoom: 2 })
    expect(remove('presets/7')).toBe('ok')
    expect(presets()).toEqual([])
    expect(put('presets/7/goto')).toBe('invalidOperation')
  })

  it('refuses what it cannot', () => {
    const { put } = make()
    expect(put('absolute', ptzPositionElement({ azimuth: 0, elevation: 120, zoom: 1 }))).toBe('badParameters')
    expect(put(`presets/${MAX_PRESETS}`, ptzPresetElement(MAX_PRESETS, 'x'))).toBe('ok')
    expect(put(`presets/${MAX_PRESETS + 1}`, ptzPresetElement(MAX_PRESETS + 1, 'x'))).toBe('badParameters')
    expect(put('presets/1', ptzPresetElement(1, 'x'.repeat(33)))).toBe('badParameters')
    expect(put('continuous')).toBe('badXmlFormat')
    expect(put('continuous', ptzPresetElement(1, ''))).toBe('badXmlContent')
  })

  it('stands still without orders', () => {
    const head = new PtzHead(100)
    expect(head.at(1_000_000)).toEqual(head.at(100))
  })
})
