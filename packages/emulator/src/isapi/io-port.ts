// SPDX-License-Identifier: Apache-2.0
/** `/System/IO`: alarm inputs and outputs. An output that is switched on for a while falls back by itself. */
import { element, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { Alert } from '../device/alert.ts'
import { IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route, type Routed, resourceOf } from './route.ts'
import { type Leaf, plain, setting } from './setting-route.ts'

type Kind = 'inputs' | 'outputs'
const pathOf = (kind: Kind): string => `/System/IO/${kind}/#`

/** Of one device: until when each port is on, by the monotonic clock. It falls back when the power goes. */
class Ports {
  readonly inputs = new Map<number, number>()
  readonly outputs = new Map<number, number>()
}
const ports = new WeakMap<DeviceCore, Ports>()
const portsOf = (core: DeviceCore): Ports => {
  const known = ports.get(core) ?? new Ports()
  ports.set(core, known)
  return known
}

/** An alarm input that is raised by hand is active until it is ended. */
export function noteInput(core: DeviceCore, { type, input, state }: Alert): void {
  if (type === 'IO' && input !== undefined)
    portsOf(core).inputs.set(input, state === 'active' ? Number.POSITIVE_INFINITY : 0)
}

const portOf = ({ core, ids }: Routed, kind: Kind): number => {
  const [id = 0] = ids
  if (id < 1 || id > core.profile[kind]) throw new IsapiRefusal('notSupport')
  return id
}

const build: Readonly<Record<Kind, (core: DeviceCore, id: number, leaf: Leaf) => XmlElement>> = {
  inputs: (core, id, leaf) =>
    document(core, 'IOInputPort', [
      element('id', id),
      leaf('enabled', true, { opt: 'true,false' }),
      leaf('triggering', 'high', { opt: 'high,low' }),
      element('name', ''),
    ]),
  outputs: (core, id, leaf) =>
    document(core, 'IOOutputPort', [
      element('id', id),
      element('name', ''),
      element('PowerOnState', [
        leaf('defaultState', 'low', { opt: 'high,low' }),
        element('outputState', 'pulse'),
        ...(core.profile.media.hasPulses ? [leaf('pulseDuration', 5000, { min: '1000', max: '600000' })] : []),
      ]),
    ]),
}

const list =
  (kind: Kind, name: string) =>
  ({ core }: Routed): XmlElement =>
    document(
      core,
      name,
      Array.from({ length: core.profile[kind] }, (_, i) =>
        core.settings.apply(resourceOf(pathOf(kind), [i + 1]), build[kind](core, i + 1, plain)),
      ),
    )

const status =
  (kind: Kind) =>
  (request: Routed): XmlElement => {
    const { core } = request
    const id = portOf(request, kind)
    const isOn = (portsOf(core)[kind].get(id) ?? 0) > core.clock.monotonic()
    return document(core, 'IOPortStatus', [
      element('ioPortID', id),
      element('ioPortType', kind === 'inputs' ? 'input' : 'output'),
      element('ioState', isOn ? 'active' : 'inactive'),
    ])
  }

const trigger: Route['handle'] = (request) => {
  const { core, body } = request
  const id = portOf(request, 'outputs')
  const state = textAt(body, 'outputState')
  if (state !== 'high' && state !== 'low') return { status: body ? 'badParameters' : 'badXmlFormat' }
  const pulseMs = core.profile.media.hasPulses ? numberAt(body, 'pulseDuration') : undefined
  const until = pulseMs === undefined ? Number.POSITIVE_INFINITY : core.clock.monotonic() + pulseMs
  portsOf(core).outputs.set(id, state === 'high' ? until : 0)
  return { status: 'ok' }
}

/** Paths of this part of the tree. */
export const ioPortRoutes: readonly Route[] = [
  get('/System/IO/inputs', list('inputs', 'IOInputPortList')),
  get('/System/IO/outputs', list('outputs', 'IOOutputPortList')),
  ...(['inputs', 'outputs'] as const).flatMap((kind) => [
    ...setting({
      path: pathOf(kind),
      build: (request, leaf) => build[kind](request.core, portOf(request, kind), leaf),
    }),
    get(`${pathOf(kind)}/status`, status(kind)),
  ]),
  { method: 'PUT', path: '/System/IO/outputs/#/trigger', needs: 'Operator', handle: trigger },
]
