// SPDX-License-Identifier: Apache-2.0
/** Alarm inputs and outputs, pan and tilt, storage. */
import { element, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route, type Routed } from './route.ts'

const OUTPUT = '/System/IO/outputs'

function port(ids: readonly number[], count: number): number {
  const [id = 0] = ids
  if (id < 1 || id > count) throw new IsapiRefusal('notSupport')
  return id
}

const inputPort = (core: DeviceCore, id: number): XmlElement =>
  document(core, 'IOInputPort', [
    element('id', id),
    element('enabled', true),
    element('triggering', 'high'),
    element('name', ''),
  ])
const outputPort = (core: DeviceCore, id: number): XmlElement =>
  document(core, 'IOOutputPort', [
    element('id', id),
    element('name', ''),
    element('PowerOnState', [
      element('defaultState', 'low'),
      element('outputState', 'pulse'),
      element('pulseDuration', 5000),
    ]),
  ])

const portStatus = (core: DeviceCore, id: number, type: 'input' | 'output', state: string): XmlElement =>
  document(core, 'IOPortStatus', [element('ioPortID', id), element('ioPortType', type), element('ioState', state)])

const trigger: Route['handle'] = ({ core, ids, body }) => {
  const id = port(ids, core.profile.outputs)
  const state = textAt(body, 'outputState')
  if (state !== 'high' && state !== 'low') return { status: body ? 'badParameters' : 'badXmlFormat' }
  core.settings.set(OUTPUT, `${id}`, state === 'high' ? 'active' : 'inactive')
  return { status: 'ok' }
}

const isPtz = ({ core, ids }: Routed): DeviceCore => {
  if (!core.profile.isPtz || ids[0] !== 1) throw new IsapiRefusal('notSupport')
  return core
}

/** Takes a movement and forgets it: the picture is drawn, and does not turn. */
const move = (request: Routed): Answer => {
  isPtz(request)
  for (const axis of ['pan', 'tilt', 'zoom']) {
    const speed = numberAt(request.body, axis)
    if (speed !== undefined && Math.abs(speed) > 100) return { status: 'badParameters' }
  }
  return { status: request.body ? 'ok' : 'badXmlFormat' }
}

function storage({ core }: Routed): XmlElement {
  const isRecorder = core.profile.kind === 'recorder'
  const disks = isRecorder ? [1, 2] : []
  return document(core, 'storage', [
    element(
      'hddList',
      disks.map((id) =>
        element('hdd', [
          element('id', id),
          element('hddName', `hdd${id}`),
          element('hddPath', ''),
          element('hddType', 'SATA'),
          element('status', 'ok'),
          element('capacity', 3_815_447),
          element('freeSpace', 20_480),
          element('property', 'RW'),
        ]),
      ),
      { size: '8' }, // as on real ones: places, not disks
    ),
    element('nasList', [], { size: '8' }),
    element('workMode', 'quota'),
  ])
}

const empty =
  (name: string) =>
  (request: Routed): XmlElement =>
    document(isPtz(request), name, [])

/** Paths of this part of the tree. */
export const peripheralRoutes: readonly Route[] = [
  get('/System/IO/inputs', ({ core }) =>
    document(
      core,
      'IOInputPortList',
      Array.from({ length: core.profile.inputs }, (_, i) => inputPort(core, i + 1)),
    ),
  ),
  get('/System/IO/inputs/#', ({ core, ids }) => inputPort(core, port(ids, core.profile.inputs))),
  get('/System/IO/inputs/#/status', ({ core, ids }) =>
    portStatus(core, port(ids, core.profile.inputs), 'input', 'inactive'),
  ),
  get('/System/IO/outputs', ({ core }) =>
    document(
      core,
      'IOOutputPortList',
      Array.from({ length: core.profile.outputs }, (_, i) => outputPort(core, i + 1)),
    ),
  ),
  get('/System/IO/outputs/#', ({ core, ids }) => outputPort(core, port(ids, core.profile.outputs))),
  get('/System/IO/outputs/#/status', ({ core, ids }) => {
    const id = port(ids, core.profile.outputs)
    return portStatus(core, id, 'output', core.settings.get(OUTPUT, `${id}`) ?? 'inactive')
  }),
  { method: 'PUT', path: '/System/IO/outputs/#/trigger', needs: 'Operator', handle: trigger },
  get('/ContentMgmt/Storage', storage),
  get('/PTZCtrl/channels/#/status', (request) =>
    document(isPtz(request), 'PTZStatus', [
      element('AbsoluteHigh', [element('elevation', 150), element('azimuth', 1800), element('absoluteZoom', 10)]),
    ]),
  ),
  get('/PTZCtrl/channels/#/presets', empty('PTZPresetList')),
  get('/PTZCtrl/channels/#/capabilities', empty('PTZChanelCap')),
  { method: 'PUT', path: '/PTZCtrl/channels/#/continuous', needs: 'Operator', handle: move },
  { method: 'PUT', path: '/PTZCtrl/channels/#/momentary', needs: 'Operator', handle: move },
]
