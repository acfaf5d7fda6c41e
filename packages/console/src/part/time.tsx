// SPDX-License-Identifier: Apache-2.0
/** Times as people read them, in the language of the page. One clock ticks for all of them. */
import { useMemo, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { spanOf } from './span.ts'

const watchers = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

const watchClock = (watcher: () => void): (() => void) => {
  watchers.add(watcher)
  now = Date.now()
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of watchers) each()
  }, 1000)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The wall clock, to the second. */
export const useNow = (): number => useSyncExternalStore(watchClock, () => now)

/** The reader's own way of writing dates, as far as it belongs to the language of the page: 07:24 in Britain, 7:24 AM in America. */
const localeOf = (language: string): string => {
  const [wanted] = language.split('-')
  return navigator.languages.find((tag) => tag.split('-')[0] === wanted) ?? language
}

/** Making one takes a hundred times as long as using it, and lists show hundreds of times. */
const formats = new Map<string, Intl.DateTimeFormat>()
const formatOf = (language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${language} ${Object.entries(options).join()}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(language, options)
    formats.set(key, format)
  }
  return format
}

/** Ways to write times, in the page's language. */
export const useFormat = () => {
  const { t, i18n } = useTranslation()
  return useMemo(() => {
    const language = localeOf(i18n.language)
    const numbers = new Intl.NumberFormat(language)
    const span = (ms: number): string => {
      const { unit, count } = spanOf(ms)
      return t(`time.${unit}`, { count })
    }
    const write = (iso: string, options: Intl.DateTimeFormatOptions) =>
      formatOf(language, options).format(new Date(iso))
    return {
      span,
      ago: (ms: number): string => (ms < 5000 ? t('time.now') : t('time.ago', { span: span(ms) })),
      time: (iso: string): string => write(iso, { timeStyle: 'medium' }),
      dateTime: (iso: string): string => write(iso, { dateStyle: 'medium', timeStyle: 'medium' }),
      day: (iso: string): string => write(iso, { weekday: 'long', day: 'numeric', month: 'long' }),
      number: (value: number): string => numbers.format(value),
    }
  }, [t, i18n.language])
}
export type Format = ReturnType<typeof useFormat>

/** `3 min ago`, with the exact time on hover. */
export function Ago({ time }: { time: string }) {
  const format = useFormat()
  const current = useNow()
  return (
    <time dateTime={time} title={format.dateTime(time)} className="number">
      {format.ago(current - Date.parse(time))}
    </time>
  )
}

/** How long something has been so: `3 min`. */
export function Since({ time }: { time: string }) {
  return <SinceIn time={time} format={useFormat()} />
}

/** As `Since`, for lists: the page's format is handed down. */
export function SinceIn({ time, format }: { time: string; format: Format }) {
  const current = useNow()
  return (
    <time dateTime={time} title={format.dateTime(time)} className="number">
      {format.span(current - Date.parse(time))}
    </time>
  )
}

/** The clock of a control room: seconds that move. */
export function Clock() {
  const { i18n } = useTranslation()
  const current = useNow()
  return (
    <time className="number" dateTime={new Date(current).toISOString()}>
      {formatOf(localeOf(i18n.language), { timeStyle: 'medium' }).format(current)}
    </time>
  )
}
