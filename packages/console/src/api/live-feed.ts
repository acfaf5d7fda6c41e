// SPDX-License-Identifier: Apache-2.0
/**
 * The server's live stream (server-sent events) into the query cache, and whether the link stands. EventSource comes back
 * by itself after most faults; where the browser gives up, we open it anew with back-off. After each return the lists are
 * asked for again, because what happened in between was not heard.
 */
import { API_ROOT, type Device, FollowLive, type Job, LiveMessage, type Order } from '@openhmp/contract'
import { nextDelay } from '../live/back-off.ts'
import { noteAlarm, reloadAlarms } from './alarm-queries.ts'
import { queries } from './client.ts'
import { mergeOrder } from './merge.ts'
import { noteDevices } from './note-devices.ts'
import { noteEvent } from './note-events.ts'
import { demoQuery, devicesQuery, devicesWithStreamsQuery, sessionQuery } from './queries.ts'

type FeedState = 'connecting' | 'open' | 'lost'
type Listener = (message: LiveMessage) => void

/** A link that is away for less than this is not worth a banner. */
const GRACE_MS = 1500

class LiveFeed {
  #source: EventSource | undefined
  #state: FeedState = 'connecting'
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #grace: ReturnType<typeof setTimeout> | undefined
  #wasOpen = false
  readonly #watchers = new Set<() => void>()
  readonly #listeners = new Set<Listener>()

  readonly state = (): FeedState => this.#state
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Hears every message, after the cache has it. */
  onMessage(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  open(): void {
    if (!this.#source) this.#connect()
  }

  close(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#grace)
    this.#source?.close()
    this.#source = undefined
    this.#wasOpen = false
    this.#move('connecting')
  }

  /** Tries now instead of at the next turn. */
  readonly retry = (): void => {
    this.#attempt = 0
    this.#connect()
  }

  #connect(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    const source = new EventSource(API_ROOT + FollowLive.path)
    this.#source = source
    source.onopen = () => this.#opened()
    source.onerror = () => this.#failed(source)
    for (const name of ['message', 'event', 'device', 'device-removed', 'order', 'demo', 'job'])
      source.addEventListener(name, (event) => this.#hear((event as MessageEvent<string>).data))
  }

  #opened(): void {
    clearTimeout(this.#grace)
    this.#grace = undefined
    this.#attempt = 0
    if (this.#wasOpen) void reloadAll()
    this.#wasOpen = true
    this.#move('open')
  }

  #failed(source: EventSource): void {
    this.#grace ??= setTimeout(() => this.#move('lost'), this.#wasOpen ? GRACE_MS : 0)
    if (source.readyState !== EventSource.CLOSED) return
    // The server said no, or the browser gave up: the session may have ended, which the cache finds out.
    void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
    this.#timer = setTimeout(() => this.#connect(), nextDelay(this.#attempt++, Math.random))
  }

  #move(state: FeedState): void {
    if (this.#state === state) return
    this.#state = state
    for (const watcher of this.#watchers) watcher()
  }

  #hear(data: string): void {
    let value: unknown
    try {
      value = JSON.parse(data)
    } catch {
      return
    }
    const parsed = LiveMessage.safeParse(value)
    if (!parsed.success) return
    apply(parsed.data)
    for (const listener of this.#listeners) listener(parsed.data)
  }
}

/** What happened meanwhile was not heard. Where rights have changed, too, what was seen before is forgotten at once. */
const reloadAll = async (): Promise<void> => {
  const rights = () => {
    const { permissions, everywhere } = queries.getQueryData(sessionQuery.queryKey) ?? {}
    return JSON.stringify([permissions, everywhere])
  }
  const before = rights()
  await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  const predicate = ({ queryKey }: { readonly queryKey: readonly unknown[] }) =>
    queryKey[0] !== 'session' && queryKey[0] !== 'system'
  if (rights() === before) await queries.invalidateQueries({ predicate })
  else await queries.resetQueries({ predicate })
}

const apply = (message: LiveMessage): void => {
  switch (message.what) {
    case 'event':
      noteEvent(message.event)
      return
    case 'gap':
      void queries.invalidateQueries({ queryKey: ['gaps'] })
      return
    case 'alarm':
      noteAlarm(message.alarm)
      return
    case 'alarms':
      reloadAlarms()
      return
    case 'device':
      noteLater(message.device.id, message.device)
      return
    case 'device-removed':
      noteLater(message.id, null)
      return
    case 'devices':
      void queries.invalidateQueries({ queryKey: ['device'] })
      for (const { queryKey } of lists) void queries.invalidateQueries({ queryKey })
      return
    case 'order':
      queries.setQueryData<Order[]>(['orders', message.order.device], (old) => old && mergeOrder(old, message.order))
      return
    case 'demo':
      queries.setQueryData(demoQuery.queryKey, message.demo)
      return
    case 'job':
      applyJob(message.job)
  }
}

/** Changes of devices are gathered for so long: a site that loses its link is one change of the page, not five hundred. */
const GATHER_MS = 100
const lists = [devicesWithStreamsQuery, devicesQuery]
const gathered = new Map<Device['id'], Device | null>()

const noteLater = (id: Device['id'], device: Device | null): void => {
  if (gathered.size === 0) setTimeout(putGathered, GATHER_MS)
  gathered.set(id, device)
}

const putGathered = (): void => {
  // An answer under way may be older than what was told meanwhile: that goes on top of it.
  if (lists.some(({ queryKey }) => queries.isFetching({ queryKey }) > 0)) {
    setTimeout(putGathered, GATHER_MS)
    return
  }
  noteDevices(new Map(gathered))
  gathered.clear()
}

const applyJob = (job: Job): void => {
  queries.setQueryData(['job', job.id], job)
  queries.setQueryData<Job[]>(['jobs'], (old) => {
    if (!old) return old
    const isKnown = old.some(({ id }) => id === job.id)
    return isKnown ? old.map((one) => (one.id === job.id ? job : one)) : [job, ...old]
  })
}

export const liveFeed = new LiveFeed()
