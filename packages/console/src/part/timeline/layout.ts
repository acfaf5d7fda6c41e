// SPDX-License-Identifier: Apache-2.0
/** Where things stand on a band of time, in shares of its width. Pure. */
import type { Event, Gap } from '@openhmp/contract'

/** What a band shows, in milliseconds since 1970. */
export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/** From 0, the left edge, to 1. */
export interface Span {
  readonly left: number
  readonly width: number
}

/** One event, or several that lie too close to be told apart. */
export type Bar = Span & { readonly events: readonly [Event, ...Event[]] }
export type Hole = Span & { readonly gap: Gap }

/** All of one kind. */
export interface Lane {
  readonly kind: string
  readonly bars: readonly Bar[]
}

/** The part of a stretch that is in the window; undefined where none is. */
export const spanIn = ({ fromMs, toMs }: Window, beginMs: number, endMs: number): Span | undefined => {
  const begin = Math.max(fromMs, beginMs)
  const end = Math.min(toMs, Math.max(endMs, beginMs))
  if (begin > end || begin >= toMs || end < fromMs) return undefined
  const length = toMs - fromMs
  return { left: (begin - fromMs) / length, width: (end - begin) / length }
}

/** When an occurrence was over, as far as anybody knows: one whose link was lost, when it was last heard of. */
const endOf = ({ state, endedAt, lastSeenAt }: Event, nowMs: number): number =>
  endedAt !== null ? Date.parse(endedAt) : state === 'unknown' ? Date.parse(lastSeenAt) : nowMs

/** A lane for each kind, the most frequent first; in it the bars from left to right. What begins within `near` of a bar's left is in it. */
export const lanesOf = (events: readonly Event[], window: Window, nowMs: number, near: number): Lane[] => {
  const single = events.flatMap((event): Bar[] => {
    const span = spanIn(window, Date.parse(event.time), endOf(event, nowMs))
    return span ? [{ ...span, events: [event] }] : []
  })
  return [...Map.groupBy(single, ({ events: [event] }) => event.kind)]
    .toSorted(([a, some], [b, others]) => others.length - some.length || a.localeCompare(b))
    .map(([kind, own]) => ({
      kind,
      bars: gathered(
        own.toSorted((a, b) => a.left - b.left),
        near,
      ),
    }))
}

const gathered = (bars: readonly Bar[], near: number): Bar[] => {
  const all: Bar[] = []
  for (const bar of bars) {
    const last = all.at(-1)
    if (!last || bar.left - last.left >= near) all.push(bar)
    else {
      const width = Math.max(last.width, bar.left + bar.width - last.left)
      all[all.length - 1] = { left: last.left, width, events: [...last.events, ...bar.events] }
    }
  }
  return all
}

/** Times of which nobody knows; one that goes on ends now. */
export const holesOf = (gaps: readonly Gap[], window: Window, nowMs: number): Hole[] =>
  gaps.flatMap((gap) => {
    const span = spanIn(window, Date.parse(gap.from), gap.to === null ? nowMs : Date.parse(gap.to))
    return span ? [{ ...span, gap }] : []
  })

const MINUTE_MS = 60_000
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * MINUTE_MS)

/** Round times between the ends, at most `most` of them; `offsetMs`: how far the reader's clock is ahead of UTC. */
export const ticksOf = ({ fromMs, toMs }: Window, most: number, offsetMs: number): number[] => {
  const step = steps.find((each) => (toMs - fromMs) / each <= most) ?? steps.at(-1)!
  const first = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs
  const ticks: number[] = []
  for (let at = first; at < toMs; at += step) ticks.push(at)
  return ticks
}

/** Shortest and longest stretch that is shown. */
const [SHORTEST_MS, LONGEST_MS] = [5 * MINUTE_MS, 14 * 24 * 60 * MINUTE_MS]

/** The window seen closer (`factor` below 1) or from farther away, around a point of it; never past now. */
export const zoomed = ({ fromMs, toMs }: Window, factor: number, at: number, nowMs: number): Window => {
  const length = toMs - fromMs
  const next = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, length * factor))
  return notPast({ fromMs: fromMs + (length - next) * at, toMs: fromMs + (length - next) * at + next }, nowMs)
}

/** Moved by shares of itself, to the left with less than 0; never past now. */
export const moved = ({ fromMs, toMs }: Window, share: number, nowMs: number): Window => {
  const by = (toMs - fromMs) * share
  return notPast({ fromMs: fromMs + by, toMs: toMs + by }, nowMs)
}

const notPast = ({ fromMs, toMs }: Window, nowMs: number): Window => {
  const over = Math.max(0, toMs - nowMs)
  return { fromMs: fromMs - over, toMs: toMs - over }
}
