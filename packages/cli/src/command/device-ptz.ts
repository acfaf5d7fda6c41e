// SPDX-License-Identifier: Apache-2.0
/** `hmp device ptz ADDRESS`: where a camera looks, and one order to move it. The result is where it came to rest. */
import { Ptz, systemClock } from '@openhmp/client'
import type { PtzPosition } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatFacts, formatTable } from '../output/table.ts'

interface PtzOptions extends DeviceOptions {
  readonly channel: number
  /** Speeds of pan, tilt and zoom. */
  readonly move?: readonly number[]
  /** Seconds. */
  readonly for: number
  readonly stop?: boolean
  /** Azimuth, elevation, zoom. */
  readonly to?: readonly number[]
  readonly goto?: number
  readonly set?: number
  readonly name?: string
  readonly delete?: number
}

const orders = ['move', 'stop', 'to', 'goto', 'set', 'delete'] as const

export async function runPtz(text: string, options: PtzOptions, output: Output): Promise<void> {
  const given = orders.filter((name) => options[name] !== undefined)
  if (given.length > 1) throw new UsageError(`one order at a time: --${given.join(' or --')}`)
  await using device = await openDevice(text, options)
  const { signal } = device
  const ptz = new Ptz(device.isapi, options.channel)
  const asking = { signal }
  const [order] = given
  if (order) await give(ptz, order, options, asking)
  if (order) device.stay() // it turns as slowly as it likes; Ctrl-C still ends the waiting
  const position = order ? await ptz.settled({ clock: systemClock, ...asking }) : await ptz.position(asking)
  const presets = await ptz.presets(asking)
  output.document({ position: position ?? null, presets }, () =>
    [
      describe(output, position),
      ...(presets.length > 0
        ? [
            formatTable(
              output,
              ['preset', 'name'],
              presets.filter(({ isEnabled }) => isEnabled).map(({ id, name }) => [id, name]),
            ),
          ]
        : []),
    ].join('\n\n'),
  )
}

const give = async (
  ptz: Ptz,
  order: (typeof orders)[number],
  options: PtzOptions,
  asking: { readonly signal: AbortSignal },
): Promise<void> => {
  const [first = 0, second = 0, third = 0] = options.move ?? options.to ?? []
  switch (order) {
    case 'move':
      return ptz.moveFor({ pan: first, tilt: second, zoom: third }, options.for * 1000, asking)
    case 'stop':
      return ptz.stop(asking)
    case 'to':
      return ptz.goTo({ azimuth: first, elevation: second, zoom: third }, asking)
    case 'goto':
      return ptz.gotoPreset(options.goto!, asking)
    case 'set':
      return ptz.setPreset(options.set!, options.name ?? `Preset ${options.set}`, asking)
    case 'delete':
      return ptz.deletePreset(options.delete!, asking)
  }
}

const describe = (output: Output, position: PtzPosition | undefined): string =>
  position
    ? formatFacts(output, [
        ['azimuth', `${position.azimuth} degrees`],
        ['elevation', `${position.elevation} degrees`],
        ['zoom', `${position.zoom} times`],
      ])
    : 'the camera does not tell where it looks'
