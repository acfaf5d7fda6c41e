// SPDX-License-Identifier: Apache-2.0
/** A rule as a sentence, in the language of the page. */
import type { Deed, Hours, Rule, When } from '@openhmp/contract'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { devicesQuery } from '../../api/queries.ts'
import { useKindName } from '../../part/event-kind.tsx'
import { targetsQuery } from './queries.ts'

/** 2023-01-01 was a Sunday. */
const FIRST_SUNDAY = Date.UTC(2023, 0, 1)
const DAY_MS = 86_400_000
/** From Monday on. */
export const WEEK = [1, 2, 3, 4, 5, 6, 0] as const

/** Short names of the days of the week, 0 is Sunday. */
export const useDayName = () => {
  const { i18n } = useTranslation()
  const format = new Intl.DateTimeFormat(i18n.language, { weekday: 'short', timeZone: 'UTC' })
  return (day: number): string => format.format(FIRST_SUNDAY + day * DAY_MS)
}

/** What people call a device, and where it has several, its channel. */
export const useCameraName = () => {
  const devices = new Map((useQuery(devicesQuery).data ?? []).map((device) => [device.id as string, device]))
  return (id: string, channel?: number): string => {
    const device = devices.get(id)
    const own =
      device && device.channels.length > 1 ? device.channels.find((one) => one.id === channel)?.name : undefined
    return own === undefined ? (device?.name ?? '?') : `${device!.name}, ${own}`
  }
}

/** Days and hours in words. */
export const useHoursText = () => {
  const { t } = useTranslation()
  const dayName = useDayName()
  return ({ days, from, to, zone }: Hours): string => {
    const week =
      days && days.length < 7
        ? WEEK.filter((day) => days.includes(day))
            .map(dayName)
            .join(' ')
        : t('rules.everyDay')
    const time = from === to ? t('rules.allDay', { days: week }) : t('rules.during', { days: week, from, to })
    return time + (zone === undefined ? '' : ` (${zone})`)
  }
}

/** Both halves: when, and then. */
export const useSentence = () => {
  const { t } = useTranslation()
  const kindName = useKindName()
  const cameraName = useCameraName()
  const targets = new Map((useQuery(targetsQuery).data ?? []).map(({ id, name }) => [id, name]))
  const list = (names: readonly string[]) =>
    (names.length > 4 ? [...names.slice(0, 3), `… (${names.length})`] : names).join(', ')

  const hoursOf = useHoursText()
  const whenOf = (when: When): string => {
    const places = [
      ...when.sites,
      ...when.tags,
      ...when.devices.map((id) => cameraName(id)),
      ...when.cameras.map(({ device, channel }) => cameraName(device, channel)),
    ]
    const where = places.length === 0 ? t('rules.everywhere') : t('rules.at', { names: list(places) })
    const kinds = when.kinds.length === 0 ? t('rules.anything') : list(when.kinds.map(kindName))
    const hasEnds = when.moments.includes('ended')
    const moment = when.moments.includes('began') ? (hasEnds ? 'beginsEnds' : 'begins') : 'ends'
    return t('rules.says', { what: t(`rules.${moment}`, { kinds }), where })
  }
  const onlyOf = ({ when, holdDownSeconds, groupSeconds }: Rule): string[] => [
    ...(when.moments.includes('lost') ? [t('rules.orLost')] : []),
    ...when.hours.map(hoursOf),
    ...(when.arming === null ? [] : [t(when.arming === 'armed' ? 'rules.whileArmed' : 'rules.whileDisarmed')]),
    ...(when.regions.length > 0 ? [t('rules.inRegions', { names: when.regions.join(', ') })] : []),
    ...(when.targets.length > 0 ? [t('rules.seeing', { names: when.targets.join(', ') })] : []),
    ...(when.minSeconds > 0 ? [t('rules.lasting', { count: when.minSeconds })] : []),
    ...(when.after
      ? [t('rules.afterShort', { seconds: when.after.seconds, kinds: list(when.after.kinds.map(kindName)) })]
      : []),
    ...(holdDownSeconds > 0 ? [t('rules.holdDownShort', { count: holdDownSeconds })] : []),
    ...(groupSeconds > 0 ? [t('rules.groupShort', { count: groupSeconds })] : []),
  ]
  const deedOf = (deed: Deed): string => {
    switch (deed.kind) {
      case 'tell':
        return t('rules.doTell', { target: targets.get(deed.target) ?? '?' })
      case 'output':
        return t('rules.doOutput', { ...deed, device: cameraName(deed.device) })
      case 'preset':
        return t('rules.doPreset', { preset: deed.preset, device: cameraName(deed.device, deed.channel) })
      case 'bookmark':
        return t('rules.doBookmark')
    }
  }
  return (rule: Rule) => ({
    when: [whenOf(rule.when), ...onlyOf(rule)].join(', '),
    deeds: rule.deeds.map(deedOf).join(', '),
  })
}
