// SPDX-License-Identifier: Apache-2.0
/** `hmp alarms`, `hmp alarm ID`: the queue of alarms, and what is done with one. */
import {
  AcknowledgeAlarms,
  type Alarm,
  AssignAlarms,
  CloseAlarms,
  CommentAlarm,
  CountAlarms,
  GetAlarm,
  ListAlarms,
} from '@openhmp/contract'
import { readable } from '../capture/talk.ts'
import { chosen } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatFacts, formatTable } from '../output/table.ts'

/** The filters that the page has. */
export interface AlarmsOptions {
  readonly state?: string
  readonly severity?: string
  readonly device?: string
  readonly assignee?: string
  readonly limit: number
}

export async function runAlarms(options: AlarmsOptions, output: Output): Promise<void> {
  const cms = new Cms()
  const { device: name, ...rest } = options
  const device = name === undefined ? undefined : (await chosen(cms, { device: [name] }))?.[0]
  const filter = { ...rest, device }
  const checked = ListAlarms.query.safeParse(filter)
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!
    throw new UsageError(`--${String(path[0])}: ${message}`)
  }
  const [{ alarms, isMore }, counts] = await Promise.all([
    cms.call(ListAlarms, { query: filter }),
    cms.call(CountAlarms, {}),
  ])
  output.document({ alarms, isMore, counts }, () => {
    const { critical, high, low } = counts.new
    const sum = `new: ${critical} critical, ${high} high, ${low} low; acknowledged: ${counts.acknowledged}`
    if (alarms.length === 0) return `No alarms.\n${sum}`
    const rows = alarms.map((alarm) => [
      ...[alarm.id, alarm.severity, alarm.state, alarm.event.fault ?? alarm.event.kind, alarm.event.state],
      ...[readable(placeOf(alarm), 60), alarm.count, alarm.since.slice(0, 19).replace('T', ' '), alarm.assignee ?? ''],
    ])
    const head = ['alarm', 'severity', 'state', 'kind', 'event', 'camera', 'times', 'since', 'assigned']
    return `${formatTable(output, head, rows)}\n${sum}${isMore ? '; there are more: --limit' : ''}`
  })
}

const deeds = ['ack', 'close', 'comment', 'assign'] as const

/** Without a deed: shows it. Throws UsageError for a deed that is none, or lacks its word. */
export async function runAlarm(id: string, deed: string | undefined, word: string | undefined, output: Output) {
  const cms = new Cms()
  const params = { id }
  if (deed !== undefined && !deeds.some((each) => each === deed))
    throw new UsageError(`${JSON.stringify(deed)} is none of ${deeds.join(', ')}`)
  if (deed === 'comment' && word === undefined) throw new UsageError('comment: what is to be said?')
  if (deed === 'assign' && word === undefined) throw new UsageError('assign: to whom? An empty word: to nobody')
  const body = { alarms: [id] }
  if (deed === 'ack') await cms.call(AcknowledgeAlarms, { body })
  if (deed === 'close') await cms.call(CloseAlarms, { body })
  if (deed === 'comment') await cms.call(CommentAlarm, { params, body: { text: word! } })
  if (deed === 'assign') await cms.call(AssignAlarms, { body: { ...body, assignee: word === '' ? null : word! } })
  const { alarm, comments } = await cms.call(GetAlarm, { params })
  output.document({ alarm, comments }, () =>
    [
      factsOf(alarm, output),
      ...comments.map(({ at, who, text }) => `${output.paint('dim', at.slice(0, 19))} ${who}: ${readable(text, 2000)}`),
    ].join('\n'),
  )
}

const placeOf = ({ event: { deviceName, channelName, channel, input } }: Alarm): string =>
  [deviceName, channelName ?? (channel === null ? '' : `channel ${channel}`), input === null ? '' : `input ${input}`]
    .filter(Boolean)
    .join(' / ')

const factsOf = (alarm: Alarm, output: Output): string => {
  const { event, unknownBecause, acknowledgedBy, acknowledgedAt, closedBy, closedAt } = alarm
  const why = unknownBecause === null ? '' : `: ${readable(unknownBecause.text, 100)}`
  return formatFacts(output, [
    ['Alarm', alarm.id],
    ['Severity', alarm.severity],
    ['State', alarm.state],
    ['Camera', readable(placeOf(alarm), 100)],
    ['Kind', event.fault ?? event.kind],
    ['Event', `${event.state}${why}, began ${event.time}`],
    ['Times', String(alarm.count)],
    ['Assigned to', alarm.assignee ?? undefined],
    ['Acknowledged', acknowledgedBy === null ? undefined : `${acknowledgedBy}, ${acknowledgedAt}`],
    ['Closed', closedBy === null ? undefined : `${closedBy}, ${closedAt}`],
  ])
}
