// SPDX-License-Identifier: Apache-2.0
/** `hmp events`: what happened, found among all the CMS keeps, or told as it happens. */
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@openhmp/client'
import {
  type Event,
  EventFilter,
  type Gap,
  ListDevices,
  ListEvents,
  ListGaps,
  SummarizeEvents,
} from '@openhmp/contract'
import { LinkError } from '@openhmp/protocol/base'
import { readable } from '../capture/talk.ts'
import { chosen } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { liveMessages } from '../cms/live.ts'
import { Stopped, stopSignal } from '../input/device-options.ts'
import { timeOf } from '../input/time.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

const PAGE = 500
/** Events whose last state is remembered while following; of more, the oldest is forgotten. */
const MAX_REMEMBERED = 20_000
const AGAIN_MS = 1000
const DAY_MS = 86_400_000

/** The filters that the page has, and how to print. */
export interface EventsOptions {
  readonly device?: readonly string[]
  readonly site?: string
  readonly channel?: number
  readonly kind?: string
  readonly state?: string
  readonly text?: string
  readonly from?: string
  readonly to?: string
  readonly limit: number
  readonly follow?: boolean
  readonly gaps?: boolean
  readonly summary?: boolean
}

type Filter = Readonly<Record<'device' | 'site' | 'kind' | 'state' | 'text' | 'from' | 'to', string | undefined>> & {
  readonly channel: number | undefined
}

export async function runEvents(options: EventsOptions, output: Output): Promise<void> {
  const cms = new Cms()
  const filter = await filterOf(cms, options)
  if (options.summary) await summarize(cms, filter, output)
  else if (options.follow) await follow(cms, options, filter, output)
  else await list(cms, options, filter, output)
}

/** Throws UsageError for what the CMS would refuse. */
const filterOf = async (cms: Cms, options: EventsOptions): Promise<Filter> => {
  const devices = await chosen(cms, { device: options.device ?? [] })
  const { site, channel, kind, state, text } = options
  const [from, to] = [options.from, options.to].map((time) => (time === undefined ? undefined : timeOf(time)))
  const filter = { device: devices?.join(','), site, channel, kind, state, text, from, to }
  const checked = EventFilter.safeParse(filter)
  if (checked.success) return filter
  const { path, message } = checked.error.issues[0]!
  throw new UsageError(`--${String(path[0])}: ${message}`)
}

/** Newest first, page by page. */
async function* found(cms: Cms, filter: Filter, limit: number): AsyncGenerator<Event> {
  let before: string | undefined
  for (let left = limit; left > 0; ) {
    const query = { ...filter, before, limit: Math.min(left, PAGE) }
    const { events, next } = await cms.call(ListEvents, { query })
    yield* events
    left -= events.length
    if (next === null || events.length === 0) return
    before = next
  }
}

const gapsOf = async (cms: Cms, { device, from, to }: Filter): Promise<Gap[]> => {
  const devices = words(device)
  const one = devices?.length === 1 ? { device: devices[0]! } : {}
  const query = { ...one, limit: PAGE, ...{ from, to } }
  const { gaps } = await cms.call(ListGaps, { query })
  return gaps.filter((gap) => devices === undefined || devices.includes(gap.device))
}

const list = async (cms: Cms, options: EventsOptions, filter: Filter, output: Output): Promise<void> => {
  const events: Event[] = []
  for await (const event of found(cms, filter, options.limit)) events.push(event)
  const gaps = options.gaps ? await gapsOf(cms, filter) : undefined
  output.document({ events, ...(gaps ? { gaps } : {}) }, () =>
    [...events.map((event) => lineOf(output, event)), ...(gaps ?? []).map((gap) => gapLine(output, gap))].join('\n'),
  )
}

const summarize = async (cms: Cms, filter: Filter, output: Output): Promise<void> => {
  const nowMs = systemClock.now()
  const { from = new Date(nowMs - DAY_MS).toISOString(), to = new Date(nowMs).toISOString(), ...rest } = filter
  const query = { ...rest, from, to }
  const summary = await cms.call(SummarizeEvents, { query })
  output.document({ from, to, ...summary }, () =>
    [
      formatTable(
        output,
        ['kind', 'events'],
        summary.kinds.map(({ kind, count }) => [kind, count]),
      ),
      `${summary.isMore ? 'more than ' : ''}${summary.total} between ${from} and ${to}`,
    ].join('\n'),
  )
}

/** First those that were, oldest first, then those that come, until stopped. A lost link is taken up again. */
const follow = async (cms: Cms, options: EventsOptions, filter: Filter, output: Output): Promise<void> => {
  const signal = stopSignal()
  const told = new Map<string, string>()
  const sites = new Map<string, string | null>()
  let isFirst = true
  /** When the newest of before came in, by the CMS's clock. */
  let knownAt = ''
  const tell = (event: Event): void => {
    if (told.get(event.id) === event.state) return // a repeat, or known from the list
    told.delete(event.id)
    told.set(event.id, event.state)
    if (told.size > MAX_REMEMBERED) told.delete(told.keys().next().value!)
    output.line({ what: 'event', event }, () => lineOf(output, event))
  }
  const onOpen = async (): Promise<void> => {
    for (const { id, site } of (await cms.call(ListDevices, {})).devices) sites.set(id, site)
    const past: Event[] = []
    for await (const event of found(cms, filter, isFirst ? Math.max(1, options.limit) : PAGE)) past.push(event)
    if (isFirst) {
      knownAt =
        past
          .map(({ receivedAt }) => receivedAt)
          .toSorted()
          .at(-1) ?? ''
      for (const event of past.slice(0, options.limit).toReversed()) tell(event)
    } // After a lost link: what came meanwhile.
    else for (const event of past.toReversed()) if (told.has(event.id) || event.receivedAt > knownAt) tell(event)
    isFirst = false
  }
  while (!signal.aborted) {
    try {
      for await (const message of liveMessages(cms, { signal, onOpen })) {
        if (message.what === 'device') sites.set(message.device.id, message.device.site)
        if (message.what === 'event' && fits(filter, message.event, sites)) tell(message.event)
        if (message.what === 'gap' && options.gaps && isOfDevice(filter, message.gap.device))
          output.line(message, () => gapLine(output, message.gap))
      }
    } catch (error) {
      if (signal.aborted) break
      if (!(error instanceof LinkError) || isFirst) throw error
      output.note(`${error.message}; trying again`)
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {}) // stopped: the loop ends
    }
  }
  if (!(signal.reason instanceof Stopped)) throw signal.reason
}

const words = (value: string | undefined): readonly string[] | undefined => value?.split(',')

const isOfDevice = ({ device }: Filter, id: string): boolean => words(device)?.includes(id) ?? true

/** As the CMS's search would find it. */
const fits = (filter: Filter, event: Event, sites: ReadonlyMap<string, string | null>): boolean => {
  const { deviceName, channelName, description, detail } = event
  const text = [deviceName, channelName, description, detail?.licensePlate, detail?.face?.name].join('\n').toLowerCase()
  return (
    isOfDevice(filter, event.device) &&
    (filter.site === undefined || sites.get(event.device) === filter.site) &&
    (filter.channel === undefined || event.channel === filter.channel) &&
    (words(filter.kind)?.includes(event.kind) ?? true) &&
    (words(filter.state)?.includes(event.state) ?? true) &&
    (filter.text === undefined || text.includes(filter.text.trim().toLowerCase())) &&
    (filter.from === undefined || event.time >= filter.from) &&
    (filter.to === undefined || event.time < filter.to)
  )
}

const colours = { active: 'yellow', inactive: 'dim', unknown: 'magenta' } as const

const lineOf = (output: Output, event: Event): string => {
  const { time, kind, fault, state, deviceName, channelName, channel, input, detail, description, source } = event
  const place = channelName ?? (channel === null ? '' : `channel ${channel}`)
  const more = [
    input === null ? '' : `input ${input}`,
    detail?.licensePlate ?? '',
    detail?.face?.name ?? '',
    detail?.temperature === undefined ? '' : `${detail.temperature} °C`,
    source === 'log' ? 'from the log' : '',
    description ?? '',
  ].filter(Boolean)
  return [
    time,
    output.paint(colours[state], `${(fault ?? kind).padEnd(16)} ${state.padEnd(8)}`),
    readable([deviceName, place].filter(Boolean).join(' / '), 80),
    readable(more.join(', '), 100),
  ]
    .join('  ')
    .trimEnd()
}

const gapLine = (output: Output, { from, to, deviceName, cause, fill }: Gap): string => {
  const filled = fill === null ? '' : `; its log: ${fill.state}${fill.count > 0 ? `, ${fill.count} found` : ''}`
  const text = `no events until ${to ?? 'now'}: ${readable(cause.text, 100)}${filled}`
  return `${from}  ${output.paint('red', 'gap'.padEnd(25))}  ${readable(deviceName, 80)}  ${text}`
}
