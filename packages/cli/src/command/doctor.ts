// SPDX-License-Identifier: Apache-2.0
/** `hmp doctor ADDRESS`: why a device does not work, and what to do. */
import { diagnose, type Finding, systemClock } from '@openhmp/client'
import { PeerError } from '@openhmp/protocol/base'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'

export interface DoctorOptions extends DeviceOptions {
  readonly rtspPort?: number
}

const signs = { good: ['green', '✓'], warning: ['yellow', '!'], bad: ['red', '✗'], skipped: ['dim', '·'] } as const

export async function runDoctor(text: string, options: DoctorOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const { address, credentials, signal } = device
  const { pin, rtspPort } = options
  const findings = await diagnose(address.url, {
    credentials,
    clock: systemClock,
    signal,
    ...(pin === undefined ? {} : { tls: { pin } }),
    ...(rtspPort === undefined ? {} : { rtspPort }),
    onFinding: (finding) => {
      if (!output.isJson) output.line(finding, () => show(output, finding))
    },
  })
  const bad = findings.filter(({ state }) => state === 'bad')
  const warnings = findings.filter(({ state }) => state === 'warning').length
  const more = warnings === 0 ? '' : `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`
  output.document({ address: address.url, isHealthy: bad.length === 0, findings }, () =>
    bad.length === 0 ? `\nNothing keeps this device from working${more}.` : `\n${bad.length} wrong${more}.`,
  )
  if (bad.length > 0)
    throw new PeerError('doctor.sick', `${address.host}: ${bad.map(({ check }) => check).join(', ')}`, {
      retry: 'never',
    })
}

const show = (output: Output, { check, state, text, advice }: Finding): string => {
  const [colour, sign] = signs[state]
  const line = `${output.paint(colour, sign)} ${output.paint('bold', check.padEnd(12))} ${text}`
  return advice === null ? line : `${line}\n${' '.repeat(15)}${output.paint('dim', `→ ${advice}`)}`
}
