// SPDX-License-Identifier: Apache-2.0
/**
 * The settings of one device for a person who looks at it: each section of the catalogue as the device tells it, with what
 * may be chosen. What is changed goes the way of a job: read, written whole, read again.
 */
import { type IsapiDoor, readStreamCapabilities } from '@openhmp/client'
import type { ChangeDeviceSettings, DeviceApplied, Output, SettingField, SettingSection } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { checkStreamingChange, type StreamingCapabilities, type StreamingChange } from '@openhmp/protocol/isapi'
import { z } from 'zod'
import { changeDevice } from './change.ts'
import { type Described, problemOf } from './compare.ts'
import type { Fields, Section } from './section.ts'

interface Asking {
  readonly catalogue: readonly Section[]
  readonly signal: AbortSignal
}

/** Those of the device itself, or of one channel. Rejects when the device is not reached or refuses the account. */
export const readPanel = async (
  door: IsapiDoor,
  { channels, isRecorder }: Described,
  { channel, catalogue, signal }: Asking & { readonly channel: number | undefined },
): Promise<SettingSection[]> => {
  if (channel !== undefined && !channels.includes(channel))
    throw new Refusal('not-found', 'channel.unknown', `the device has no channel ${channel}`)
  const found: SettingSection[] = []
  for (const section of catalogue) {
    if ((section.scope === 'device') !== (channel === undefined)) continue
    const document = section.at({ channel, isRecorder })
    if (!document) continue
    const where = { section: section.key, channel: channel ?? null }
    try {
      const fields = await document.read(door, { signal })
      const can = channel === undefined ? undefined : await streamLimits(door, section.key, channel, signal)
      found.push({ ...where, fields: fieldsOf(section, fields, can), sizes: sizesOf(can), problem: null })
    } catch (error) {
      const { code, text } = problemOf(where, error)
      // What such a device does not have is no news.
      if (code !== 'isapi.not-supported') found.push({ ...where, fields: [], sizes: null, problem: { code, text } })
    }
  }
  return found
}

type Changes = Output<(typeof ChangeDeviceSettings)['body']>['changes']

/** Changes them. Throws `Refusal` `setting.unknown`, `setting.range` for what no device would take; nothing is sent then. */
export const changePanel = async (
  door: IsapiDoor,
  device: Described,
  changes: Changes,
  { catalogue, signal }: Asking,
): Promise<DeviceApplied> => {
  const wanted = changes.map(({ section: key, channel, fields }) => {
    const section = catalogue.find((one) => one.key === key)
    if (!section) throw new Refusal('invalid', 'setting.unknown', `there is no setting "${key}"`)
    return { channel, told: new Map([[key, checked(section, fields)]]) }
  })
  const applied: DeviceApplied = { changed: [], altered: [], refused: [] }
  for (const { channel, told } of wanted) {
    const [key] = told.keys()
    try {
      const can = channel === null ? undefined : await streamLimits(door, key!, channel, signal)
      // The schema says that the fields are those of such a change.
      if (can) checkStreamingChange(can, told.get(key!) as StreamingChange)
      const one = await changeDevice(door, device, [{ channel, told }], {
        ...{ catalogue, signal, former: [] },
        remember: async () => {},
        progress: () => {},
      })
      applied.changed.push(...one.changed)
      applied.altered.push(...one.altered)
      applied.refused.push(...one.refused)
    } catch (error) {
      applied.refused.push(problemOf({ section: key!, channel }, error))
    }
  }
  return applied
}

const checked = (section: Section, fields: Fields): Fields => {
  const result = section.schema.partial().strict().safeParse(fields)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const place = [section.key, ...(issue?.path ?? [])].join('.')
  throw new Refusal('invalid', 'setting.range', `${place}: ${issue?.message ?? 'not understood'}`)
}

const STREAMS: Readonly<Record<string, number>> = { 'stream.main': 1, 'stream.sub': 2 }

const streamLimits = async (
  door: IsapiDoor,
  key: string,
  channel: number,
  signal: AbortSignal,
): Promise<StreamingCapabilities | undefined> => {
  const number = STREAMS[key]
  return number === undefined ? undefined : readStreamCapabilities(door, channel * 100 + number, { signal })
}

const limited = (can: StreamingCapabilities): Pick<SettingField, 'name' | 'values' | 'min' | 'max'>[] => [
  { name: 'codec', values: can.codecs ? [...can.codecs] : null, min: null, max: null },
  { name: 'frameRate', values: can.frameRates ? [...can.frameRates] : null, min: null, max: null },
  { name: 'bitrateKbps', values: null, min: can.bitrateKbps?.min ?? null, max: can.bitrateKbps?.max ?? null },
]

const sizesOf = (can: StreamingCapabilities | undefined): SettingSection['sizes'] =>
  can?.sizes ? can.sizes.map(({ width, height }) => ({ width, height })) : null

interface Property {
  readonly type?: string
  readonly enum?: readonly (string | number)[]
  readonly minimum?: number
  readonly maximum?: number
}

const kinds: Readonly<Record<string, SettingField['kind']>> = {
  ...{ string: 'text', number: 'number', integer: 'number', boolean: 'truth' },
}

const fieldsOf = (section: Section, fields: Fields, can: StreamingCapabilities | undefined): SettingField[] => {
  const { properties = {} } = z.toJSONSchema(section.schema, { unrepresentable: 'any' }) as {
    properties?: Readonly<Record<string, Property>>
  }
  const limits = can ? limited(can) : []
  return Object.entries(properties)
    .filter(([name]) => fields[name] !== undefined)
    .map(([name, property]) => {
      const limit = limits.find((one) => one.name === name)
      return {
        name,
        value: fields[name],
        kind: kinds[property.type ?? ''] ?? 'other',
        values: limit?.values ?? (property.enum ? [...property.enum] : null),
        min: limit?.min ?? property.minimum ?? null,
        max: limit?.max ?? property.maximum ?? null,
      }
    })
}
