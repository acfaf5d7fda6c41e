// SPDX-License-Identifier: Apache-2.0
/** Alarm inputs and outputs: what they are, and an output switched. */
import { type Clock, PeerError } from '@openhmp/protocol/base'
import {
  type IoInput,
  type IoOutput,
  ioLists,
  ioPortDataElement,
  ioPortPath,
  type Numbered,
  readIoInputs,
  readIoOutputs,
  readPortIsActive,
} from '@openhmp/protocol/isapi'
import { formatXml } from '@openhmp/protocol/xml'
import type { IsapiDoor } from './resource.ts'

interface Asking {
  readonly signal?: AbortSignal
}

/** A port with its state at this moment; undefined when the device does not tell it. */
export type PortNow<T> = Numbered<T> & { readonly isActive: boolean | undefined }

/** The ports of a device, and those of a recorder's cameras; one that has none gives empty lists. */
export const readPorts = async (
  door: IsapiDoor,
  options: Asking = {},
): Promise<{ inputs: PortNow<IoInput>[]; outputs: PortNow<IoOutput>[] }> => {
  const list = async <T>(
    kind: 'inputs' | 'outputs',
    read: (root: Parameters<typeof readIoInputs>[0]) => Numbered<T>[],
  ) => {
    const now: PortNow<T>[] = []
    for (const path of ioLists(kind)) {
      const ports = (await orNo(async () => read(await door.getXml(path, options)))) ?? []
      for (const port of ports) now.push({ ...port, isActive: await readActive(door, kind, port.id, options) })
    }
    return now
  }
  return { inputs: await list('inputs', readIoInputs), outputs: await list('outputs', readIoOutputs) }
}

/** The inputs of a device and how they are at this moment, quickly: outputs are not asked for. */
export const readInputsNow = async (
  door: IsapiDoor,
  { most, ...options }: Asking & { readonly most: number },
): Promise<readonly { readonly id: number; readonly isActive: boolean }[]> => {
  const [path] = ioLists('inputs') as [string]
  const inputs = (await orNo(async () => readIoInputs(await door.getXml(path, options)))) ?? []
  const now = []
  for (const { id } of inputs.slice(0, most)) {
    const isActive = await readActive(door, 'inputs', id, options)
    if (isActive !== undefined) now.push({ id, isActive })
  }
  return now
}

/** How an output is to be: on or off until told otherwise, or on for a while. */
export type OutputOrder =
  | { readonly state: 'on' | 'off' }
  | { readonly state: 'pulse'; readonly pulseMs: number; readonly clock: Clock }

/** The device times the pulse by a clock of its own, and begins after us. */
const SETTLE_MS = 50

/**
 * Switches an output, and gives its state as the device tells it afterwards. A pulse is waited for.
 *
 * Tolerates: firmware that does not know pulses: the output is switched off when its time is over.
 */
export const switchOutput = async (
  door: IsapiDoor,
  id: number,
  order: OutputOrder,
  options: Asking = {},
): Promise<boolean | undefined> => {
  const trigger = (state: 'high' | 'low', pulseMs?: number) =>
    door.putXml(`${ioPortPath('outputs', id)}/trigger`, formatXml(ioPortDataElement(state, pulseMs)), options)
  if (order.state !== 'pulse') {
    await trigger(order.state === 'on' ? 'high' : 'low')
    return readActive(door, 'outputs', id, options)
  }
  try {
    await trigger('high', order.pulseMs)
    await order.clock.sleep(order.pulseMs + SETTLE_MS, options)
  } catch (error) {
    if (!options.signal?.aborted) throw error
    // An output is not left on because somebody lost patience.
    await door.putXml(`${ioPortPath('outputs', id)}/trigger`, formatXml(ioPortDataElement('low')))
    throw options.signal.reason
  }
  if ((await readActive(door, 'outputs', id, options)) === false) return false
  await trigger('low')
  return readActive(door, 'outputs', id, options)
}

const readActive = (door: IsapiDoor, kind: 'inputs' | 'outputs', id: number, options: Asking) =>
  orNo(async () => readPortIsActive(await door.getXml(`${ioPortPath(kind, id)}/status`, options)))

const orNo = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof PeerError && error.code === 'isapi.not-supported') return undefined
    throw error
  }
}
