// SPDX-License-Identifier: Apache-2.0
/** `/System/IO`: alarm inputs and outputs; `/ContentMgmt/IOProxy`: those of a recorder's cameras. An output that is switched on for a while falls back by itself. */
import { element, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { Alert } from '../device/alert.ts'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route, type Routed } from './route.ts'
import { type Leaf, plain, setting } from './setting-route.ts'

type Kind = 'inputs' | 'outputs'
/** Where the ports are, and the first word of their documents. */
const places = [
  ['/System/IO', 'IO'],
  ['/ContentMgmt/IOProxy', 'IOProxy'],
] as const
type Place = (typeof places)[number]

/** Numbers of the ports that there are: a recorder's cameras have one of each kind, channel * 100 + 1. */
const idsOf = (core: DeviceCore, kind: Kind, [, word]: Place): number[] => {
  if (word === 'IO') return Array.from({ length: core.profile[kind] }, (_, i) => i + 1)
  return core.profile.kind === 'recorder' ? core.channels.map(({ channel }) => channel * 100 + 1) : []
}

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

const portOf = ({ core, ids }: Routed, kind: Kind, place: Place): number => {
  const [id = 0] = ids
  if (!idsOf(core, kind, place).includes(id)) throw new IsapiRefusal('notSupport')
  return id
}

const build: Readonly<Record<Kind, (core: DeviceCore, id: number, word: string, leaf: Leaf) => XmlElement>> = {
  inputs: (core, id, word, leaf) =>
    document(core, `${word}InputPort`, [
      element('id', id),
      leaf('enabled', true, { opt: 'true,false' }),
      leaf('triggering', 'high', { opt: 'high,low' }),
      element('name', ''),
    ]),
  outputs: (core, id, word, leaf) =>
    document(core, `${word}OutputPort`, [
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
  (kind: Kind, place: Place) =>
  ({ core }: Routed): XmlElement => {
    const [path, word] = place
    if (word === 'IOProxy' && core.profile.kind !== 'recorder') throw new IsapiRefusal('notSupport')
    const ports = idsOf(core, kind, place).map((id) =>
      core.settings.apply(`${path}/${kind}/${id}`, build[kind](core, id, word, plain)),
    )
    return document(core, `${word}${kind === 'inputs' ? 'Input' : 'Output'}PortList`, ports)
  }

const status =
  (kind: Kind, place: Place) =>
  (request: Routed): XmlElement => {
    const { core } = request
    const id = portOf(request, kind, place)
    const isOn = (portsOf(core)[kind].get(id) ?? 0) > core.clock.monotonic()
    return document(core, 'IOPortStatus', [
      element('ioPortID', id),
      element('ioPortType', kind === 'inputs' ? 'input' : 'output'),
      element('ioState', isOn ? 'active' : 'inactive'),
    ])
  }

const trigger = (request: Routed, place: Place): Answer => {
  const { core, body } = request
  const id = portOf(request, 'outputs', place)
  const state = textAt(body, 'outputState')
  if (state !== 'high' && state !== 'low') return { status: body ? 'badParameters' : 'badXmlFormat' }
  const pulseMs = core.profile.media.hasPulses ? numberAt(body, 'pulseDuration') : undefined
  const until = pulseMs === undefined ? Number.POSITIVE_INFINITY : core.clock.monotonic() + pulseMs
  portsOf(core).outputs.set(id, state === 'high' ? until : 0)
  return { status: 'ok' }
}

/** Paths of this part of the tree. */
export const ioPortRoutes: readonly Route[] = places.flatMap((place): Route[] => {
  const [path, word] = place
  return [
    ...(['inputs', 'outputs'] as const).flatMap((kind) => [
      get(`${path}/${kind}`, list(kind, place)),
      ...setting({
        path: `${path}/${kind}/#`,
        build: (request, leaf) => build[kind](request.core, portOf(request, kind, place), word, leaf),
      }),
      get(`${path}/${kind}/#/status`, status(kind, place)),
    ]),
    {
      method: 'PUT',
      path: `${path}/outputs/#/trigger`,
      needs: 'Operator',
      handle: (request) => trigger(request, place),
    },
  ]
})
