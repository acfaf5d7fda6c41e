// SPDX-License-Identifier: Apache-2.0
/** Kinds of event: an icon, a name, and how much they ask for attention. */

import type { Event } from '@openhmp/contract'
import {
  IconAlertTriangle,
  IconBell,
  IconCar,
  IconEyeOff,
  IconFlame,
  IconLineDashed,
  IconPackage,
  IconPolygon,
  IconServerBolt,
  IconTemperature,
  IconUser,
  IconUsersGroup,
  IconVideoOff,
  IconVolume,
  IconWalk,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { en } from '../text/en.ts'

const icons: Readonly<Record<string, typeof IconBell>> = {
  motion: IconWalk,
  videoLoss: IconVideoOff,
  alarmInput: IconBell,
  deviceError: IconServerBolt,
  tamper: IconEyeOff,
  lineCrossing: IconLineDashed,
  fieldIntrusion: IconPolygon,
  regionEntrance: IconPolygon,
  regionExiting: IconPolygon,
  loitering: IconUser,
  gathering: IconUsersGroup,
  peopleCounting: IconUsersGroup,
  fastMoving: IconWalk,
  parking: IconCar,
  vehicle: IconCar,
  plate: IconCar,
  unattendedObject: IconPackage,
  objectRemoval: IconPackage,
  thrownObject: IconPackage,
  faceDetection: IconUser,
  faceCapture: IconUser,
  faceComparison: IconUser,
  faceComparisonFailed: IconUser,
  audioException: IconVolume,
  audioDetection: IconVolume,
  temperature: IconTemperature,
  temperaturePrealarm: IconTemperature,
  temperatureAlarm: IconTemperature,
  fire: IconFlame,
  smoke: IconFlame,
}

const faults = new Set([
  'videoLoss',
  'deviceError',
  'tamper',
  'sceneChange',
  'defocus',
  'fire',
  'smoke',
  'temperatureAlarm',
])
const notices = new Set([
  'motion',
  'vehicle',
  'plate',
  'faceDetection',
  'faceCapture',
  'peopleCounting',
  'audioDetection',
  'temperature',
])

/** `fault`: something is broken or blinded; `alarm`: someone pressed, opened or entered; `notice`: something moved. */
export const weightOf = (kind: string): 'notice' | 'alarm' | 'fault' => {
  if (faults.has(kind)) return 'fault'
  return notices.has(kind) ? 'notice' : 'alarm'
}

/** All kinds that have a name of ours. */
export const knownKinds = Object.keys(en.events)
  .filter((key) => key.startsWith('kind_'))
  .map((key) => key.slice('kind_'.length))

/** `lineCrossing` of an unknown kind becomes `Line crossing`. */
const spellOut = (kind: string): string => {
  const words = kind.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What an event is called: of a device's fault, which one. */
export const useEventName = () => {
  const { t } = useTranslation()
  const kindName = useKindName()
  return ({ kind, fault }: Pick<Event, 'kind' | 'fault'>): string => {
    const key = `fault_${fault}`
    return key in en.events ? t(`events.${key as 'fault_diskFull'}`) : kindName(kind)
  }
}

/** The name of a kind, in the language of the page. */
export const useKindName = () => {
  const { t } = useTranslation()
  return (kind: string): string => {
    const key = `kind_${kind}`
    return key in en.events ? t(`events.${key as 'kind_motion'}`) : spellOut(kind)
  }
}

export function KindIcon({ kind, size = 16 }: { kind: string; size?: number }) {
  const Icon = icons[kind] ?? IconAlertTriangle
  return <Icon size={size} aria-hidden="true" stroke={1.8} />
}
