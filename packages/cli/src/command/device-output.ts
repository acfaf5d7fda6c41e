// SPDX-License-Identifier: Apache-2.0
/** `hmp device output ADDRESS [N on|off|pulse]`: alarm inputs and outputs, and an output switched. */
import { type PortNow, readPorts, switchOutput, systemClock } from '@openhmp/client'
import { PeerError } from '@openhmp/protocol/base'
import type { IoInput, IoOutput } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

interface OutputOptions extends DeviceOptions {
  /** Of a pulse, in seconds. */
  readonly seconds: number
}

export async function runOutput(
  text: string,
  id: number | undefined,
  state: 'on' | 'off' | 'pulse' | undefined,
  options: OutputOptions,
  output: Output,
): Promise<void> {
  if (id !== undefined && state === undefined) throw new UsageError('what is the output to be: on, off or pulse?')
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  if (id === undefined || state === undefined) {
    const ports = await readPorts(isapi, { signal })
    output.document(ports, () => describe(output, ports))
    return
  }
  if (state === 'pulse') device.stay() // its length may be more than our patience
  const order =
    state === 'pulse' ? { state, pulseMs: Math.round(options.seconds * 1000), clock: systemClock } : { state }
  const isActive = await switchOutput(isapi, id, order, { signal: device.signal })
  const now = isActive === undefined ? 'switched, and does not tell its state' : isActive ? 'active' : 'inactive'
  output.document({ id, order: state, isActive: isActive ?? null }, () => `output ${id}: ${now}`)
  if (isActive !== undefined && isActive !== (state === 'on'))
    throw new PeerError('output.ignored', `${isapi.name}: output ${id} took the order and is ${now}`, {
      retry: 'never',
    })
}

const describe = (
  output: Output,
  { inputs, outputs }: { inputs: readonly PortNow<IoInput>[]; outputs: readonly PortNow<IoOutput>[] },
): string => {
  const stateOf = (isActive: boolean | undefined) =>
    isActive === undefined ? '' : isActive ? output.paint('yellow', 'active') : 'inactive'
  return formatTable(
    output,
    ['port', 'number', 'name', 'state', ''],
    [
      ...inputs.map((one) => ['input', one.id, one.name, stateOf(one.isActive), `alarm when ${one.triggering}`]),
      ...outputs.map((one) => ['output', one.id, one.name, stateOf(one.isActive), `at rest ${one.restState}`]),
    ],
  )
}
