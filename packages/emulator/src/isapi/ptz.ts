// SPDX-License-Identifier: Apache-2.0
/** `/PTZCtrl`: a camera that moves. The picture is drawn and does not turn; the position does. */
import { element, find, localName, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { ELEVATION, type HeadPosition, PtzHead, ZOOM } from './ptz-head.ts'
import { document, get, type Route, type Routed } from './route.ts'

/** Presets that a camera has room for. */
export const MAX_PRESETS = 300
const MAX_NAME_LENGTH = 32
const PATH = '/PTZCtrl/channels/#'
const PRESETS = '/PTZCtrl/channels/1/presets'

const heads = new WeakMap<DeviceCore, PtzHead>()

/** The head, made when it is first spoken to: a device that nobody moves has none. */
function headOf({ core, ids }: Routed): PtzHead {
  if (!core.profile.isPtz || ids[0] !== 1) throw new IsapiRefusal('notSupport')
  const head = heads.get(core) ?? new PtzHead(core.clock.monotonic())
  heads.set(core, head)
  return head
}

const now = ({ core }: Routed): number => core.clock.monotonic()

const bodyOf = ({ body }: Routed, name: string): XmlElement => {
  if (!body) throw new IsapiRefusal('badXmlFormat')
  if (localName(body) !== name) throw new IsapiRefusal('badXmlContent')
  return body
}

const speedsOf = (body: XmlElement): { pan: number; tilt: number; zoom: number } => {
  const [pan = 0, tilt = 0, zoom = 0] = ['pan', 'tilt', 'zoom'].map((axis) => numberAt(body, axis))
  if ([pan, tilt, zoom].some((speed) => Math.abs(speed) > 100)) throw new IsapiRefusal('badParameters')
  return { pan, tilt, zoom }
}

const positionElement = ({ azimuth, elevation, zoom }: HeadPosition): XmlElement =>
  element('AbsoluteHigh', [element('elevation', elevation), element('azimuth', azimuth), element('absoluteZoom', zoom)])

const move = (request: Routed): void => {
  headOf(request).move(now(request), speedsOf(bodyOf(request, 'PTZData')))
}

const moveFor = (request: Routed): void => {
  const body = bodyOf(request, 'PTZData')
  const ms = numberAt(body, 'Momentary/duration')
  if (ms === undefined || ms < 0 || ms > 600_000) throw new IsapiRefusal('messageParametersLack')
  headOf(request).move(now(request), speedsOf(body), ms)
}

const goTo = (request: Routed): void => {
  const high = find(bodyOf(request, 'PTZData'), 'AbsoluteHigh')
  const [azimuth, elevation, zoom] = ['azimuth', 'elevation', 'absoluteZoom'].map((name) => numberAt(high, name))
  if (azimuth === undefined || elevation === undefined || zoom === undefined)
    throw new IsapiRefusal('messageParametersLack')
  const isOut = elevation < ELEVATION.least || elevation > ELEVATION.most || zoom < ZOOM.least || zoom > ZOOM.most
  if (isOut || azimuth < 0 || azimuth > 3600) throw new IsapiRefusal('badParameters')
  headOf(request).goTo(now(request), { azimuth, elevation, zoom })
}

/** What is kept of a preset: its position and its name. */
function presetOf(core: DeviceCore, id: number): { position: HeadPosition; name: string } | undefined {
  const [, azimuth, elevation, zoom, name] =
    /^(\d+),(-?\d+),(\d+),(.*)$/s.exec(core.settings.get(PRESETS, `${id}`) ?? '') ?? []
  if (azimuth === undefined) return undefined
  return {
    position: { azimuth: Number(azimuth), elevation: Number(elevation), zoom: Number(zoom) },
    name: name ?? '',
  }
}

const presetElement = (id: number, name: string): XmlElement =>
  element('PTZPreset', [element('enabled', true), element('id', id), element('presetName', name)])

const presets = (request: Routed): XmlElement => {
  headOf(request)
  const { core } = request
  const list = Array.from({ length: MAX_PRESETS }, (_, i) => i + 1).flatMap((id) => {
    const preset = presetOf(core, id)
    return preset ? [presetElement(id, preset.name)] : []
  })
  return document(core, 'PTZPresetList', list)
}

const presetId = (request: Routed): number => {
  headOf(request)
  const id = request.ids[1] ?? 0
  if (id < 1 || id > MAX_PRESETS) throw new IsapiRefusal('badParameters')
  return id
}

const setPreset = (request: Routed): void => {
  const id = presetId(request)
  const name = textAt(bodyOf(request, 'PTZPreset'), 'presetName') ?? `Preset ${id}`
  if (name.length > MAX_NAME_LENGTH) throw new IsapiRefusal('badParameters')
  const { azimuth, elevation, zoom } = headOf(request).at(now(request))
  request.core.settings.set(PRESETS, `${id}`, `${azimuth},${elevation},${zoom},${name}`)
}

const gotoPreset = (request: Routed): void => {
  const preset = presetOf(request.core, presetId(request))
  if (!preset) throw new IsapiRefusal('invalidOperation')
  headOf(request).goTo(now(request), preset.position)
}

const deletePreset = (request: Routed): void => {
  const id = presetId(request)
  if (presetOf(request.core, id)) request.core.settings.set(PRESETS, `${id}`, '')
}

const order = (method: 'PUT' | 'DELETE', path: string, take: (request: Routed) => void): Route => ({
  method,
  path: `${PATH}${path}`,
  needs: 'Operator',
  handle: (request): Answer => {
    take(request)
    return { status: 'ok' }
  },
})

const range = (name: string, min: number, max: number): XmlElement =>
  element(name, [element('Min', min), element('Max', max)])

/** Paths of this part of the tree. */
export const ptzRoutes: readonly Route[] = [
  get(`${PATH}/status`, (request) =>
    document(request.core, 'PTZStatus', [positionElement(headOf(request).at(now(request)))]),
  ),
  get(`${PATH}/capabilities`, (request) => {
    headOf(request)
    return document(request.core, 'PTZChanelCap', [
      element('AbsolutePanTiltPositionSpace', [
        range('XRange', 0, 3600),
        range('YRange', ELEVATION.least, ELEVATION.most),
      ]),
      element('AbsoluteZoomPositionSpace', [range('ZRange', ZOOM.least, ZOOM.most)]),
      element('maxPresetNum', MAX_PRESETS),
    ])
  }),
  get(`${PATH}/presets`, presets),
  order('PUT', '/continuous', move),
  order('PUT', '/momentary', moveFor),
  order('PUT', '/absolute', goTo),
  order('PUT', '/presets/#', setPreset),
  order('PUT', '/presets/#/goto', gotoPreset),
  order('DELETE', '/presets/#', deletePreset),
]
