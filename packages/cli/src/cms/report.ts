// SPDX-License-Identifier: Apache-2.0
/** What a plan found and what an apply did, for people: first what is common, then device by device. */
import type { DeviceApplied, DevicePlan, Difference, Job, JobDevice } from '@openhmp/contract'

type Paint = (style: 'bold' | 'red' | 'green' | 'yellow' | 'dim', text: string) => string
type Outcome = Pick<JobDevice, 'deviceName' | 'state' | 'text'>

const write = (value: unknown): string =>
  value === null ? '(none)' : typeof value === 'string' ? value : JSON.stringify(value)
const placeOf = ({ section, channel, field }: Difference): string =>
  `${section}${channel === null ? '' : `[${channel}]`}.${field}`
const many = (count: number): string => `${count} ${count === 1 ? 'device' : 'devices'}`

/** Of a plan: each change with the number of devices that it concerns; whole: each device with its changes. */
export function summaryOf(
  devices: readonly (Outcome & { readonly plan: DevicePlan | null })[],
  { isWhole, paint }: { readonly isWhole: boolean; readonly paint: Paint },
): string {
  const lines: string[] = []
  const changes = new Map<string, { to: string; from: Set<string>; devices: number }>()
  let differing = 0
  for (const { plan } of devices) {
    const differences = plan?.differences ?? []
    if (differences.length > 0) differing++
    for (const difference of differences) {
      const { section, field, told, is } = difference
      const key = `${section}.${field} ${write(told)}`
      const change = changes.get(key) ?? { to: write(told), from: new Set<string>(), devices: 0 }
      change.devices++
      change.from.add(write(is))
      changes.set(key, change)
    }
  }
  for (const [key, { to, from, devices: count }] of [...changes].toSorted(([, a], [, b]) => b.devices - a.devices)) {
    const before = [...from].slice(0, 3).join(', ') + (from.size > 3 ? ', …' : '')
    const name = key.slice(0, key.length - to.length - 1)
    lines.push(
      `  ${paint('bold', name)}  ${paint('red', before)} → ${paint('green', to)}  ${paint('dim', `on ${many(count)}`)}`,
    )
  }
  if (isWhole)
    for (const { deviceName, plan } of devices) {
      if (!plan || plan.differences.length === 0) continue
      lines.push('', paint('bold', deviceName))
      for (const one of plan.differences)
        lines.push(`  ${placeOf(one)}: ${paint('red', write(one.is))} → ${paint('green', write(one.told))}`)
    }
  lines.push(
    ...problemsOf(
      devices.map(({ plan, ...rest }) => ({ ...rest, problems: plan?.problems ?? [] })),
      paint,
    ),
  )
  const same = devices.filter(({ plan }) => plan?.differences.length === 0).length
  lines.unshift(`${many(differing)} of ${devices.length} would change; ${many(same)} as the file says.`)
  return lines.join('\n')
}

/** Of an apply or undo. */
export function reportOf(
  job: Job,
  devices: readonly (Outcome & { readonly applied: DeviceApplied | null })[],
  paint: Paint,
): string {
  const lines: string[] = []
  let changed = 0
  for (const { deviceName, applied } of devices) {
    changed += applied?.changed.length ?? 0
    for (const one of applied?.altered ?? [])
      lines.push(
        `${paint('yellow', '!')} ${deviceName}: ${placeOf(one)} was to be ${write(one.told)}, the device made it ${write(one.is)}`,
      )
  }
  lines.push(
    ...problemsOf(
      devices.map(({ applied, ...rest }) => ({ ...rest, problems: applied?.refused ?? [] })),
      paint,
    ),
  )
  const { done, failed, skipped, total } = job.counts
  const rest = [failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} left out` : '']
    .filter(Boolean)
    .join(', ')
  lines.push(
    `${done} of ${total} done${rest ? `, ${rest}` : ''}; ${changed} ${changed === 1 ? 'setting' : 'settings'} changed.`,
  )
  if (job.kind === 'apply' && changed > 0) lines.push(paint('dim', `Take it back with: hmp fleet undo ${job.id}`))
  return lines.join('\n')
}

const problemsOf = (
  devices: readonly (Outcome & { readonly problems: DevicePlan['problems'] })[],
  paint: Paint,
): string[] =>
  devices.flatMap(({ deviceName, state, text, problems }) => [
    ...(state === 'failed' && problems.length === 0 ? [`${paint('red', '✗')} ${deviceName}: ${text ?? 'failed'}`] : []),
    ...problems.map(
      ({ section, channel, text: why }) =>
        `${paint('red', '✗')} ${deviceName}: ${section}${channel === null ? '' : `[${channel}]`}: ${why}`,
    ),
  ])
