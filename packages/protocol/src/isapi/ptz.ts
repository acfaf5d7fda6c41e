// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/PTZCtrl`: moving a camera. Angles are degrees here, tenths of them on the wire; zoom is times, tenths on the wire. */
import { Refusal } from '../base/errors.ts'
import { booleanAt, childrenOf, element, find, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'

/** Speeds from -100 to 100: right, up and nearer are positive; what is left out stands still. */
export interface PtzMove {
  readonly pan?: number
  readonly tilt?: number
  readonly zoom?: number
}

/** Where a camera looks. */
export interface PtzPosition {
  /** 0 to 360, clockwise. */
  readonly azimuth: number
  /** -90 to 270; what is up and what is down depends on how the camera hangs. */
  readonly elevation: number
  /** From 1. */
  readonly zoom: number
}

/** A position that the camera knows by a number. */
export interface PtzPreset {
  readonly id: number
  readonly name: string
  /** False: a place in the list that holds no position. */
  readonly isEnabled: boolean
}

/** Presets that are taken from a list; real devices have up to 300. */
export const MAX_PRESETS = 1000

const within = (what: string, value: number, least: number, most: number): number => {
  if (!(value >= least && value <= most))
    throw new Refusal('invalid', 'setting.range', `${what} is from ${least} to ${most}, not ${value}`)
  return value
}
const speed = (what: string, value = 0): number => Math.round(within(what, value, -100, 100))

/** A movement that goes on; with `forMs` one that ends by itself. Throws `Refusal` `setting.range`. */
export const ptzMoveElement = ({ pan, tilt, zoom }: PtzMove, forMs?: number): XmlElement =>
  isapiRoot('PTZData', [
    // Old firmware wants all three, in this order.
    element('pan', speed('pan', pan)),
    element('tilt', speed('tilt', tilt)),
    element('zoom', speed('zoom', zoom)),
    ...(forMs === undefined
      ? []
      : [element('Momentary', [element('duration', within('the duration', Math.round(forMs), 1, 600_000))])]),
  ])

/** A position to go to. Throws `Refusal` `setting.range`. */
export const ptzPositionElement = ({ azimuth, elevation, zoom }: PtzPosition): XmlElement =>
  isapiRoot('PTZData', [
    element('AbsoluteHigh', [
      element('elevation', Math.round(within('the elevation', elevation, -90, 270) * 10)),
      element('azimuth', Math.round(within('the azimuth', azimuth, 0, 360) * 10)),
      element('absoluteZoom', Math.round(within('the zoom', zoom, 1, 1000) * 10)),
    ]),
  ])

/** Reads `PTZStatus`; undefined when the camera does not tell where it looks. */
export const readPtzStatus = (root: XmlElement): PtzPosition | undefined => {
  const high = find(root, 'AbsoluteHigh')
  const [azimuth, elevation, zoom] = ['azimuth', 'elevation', 'absoluteZoom'].map((name) => numberAt(high, name))
  if (azimuth === undefined || elevation === undefined || zoom === undefined) return undefined
  return { azimuth: azimuth / 10, elevation: elevation / 10, zoom: zoom / 10 }
}

/** Reads `PTZPresetList`. */
export const readPtzPresets = (root: XmlElement): PtzPreset[] =>
  childrenOf(root, 'PTZPreset')
    .slice(0, MAX_PRESETS)
    .flatMap((one) => {
      const id = numberAt(one, 'id')
      if (id === undefined) return []
      return [{ id, name: textAt(one, 'presetName') ?? '', isEnabled: booleanAt(one, 'enabled') ?? true }]
    })

/** Keeps the present position under a number. */
export const ptzPresetElement = (id: number, name: string): XmlElement =>
  isapiRoot('PTZPreset', [element('enabled', true), element('id', id), element('presetName', name)])
