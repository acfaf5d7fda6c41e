// SPDX-License-Identifier: Apache-2.0
/** Kinds of event: an icon, a name, and how much they ask for attention. */
import type { Event } from '@openhmp/contract'
import {
  IconActivityHeartbeat,
  IconAlertTriangle,
  IconBell,
  IconCar,
  IconEyeOff,
  IconFlame,
  IconLineDashed,
  IconLock,
  IconPackage,
  IconPolygon,
  IconServerBolt,
  IconTemperature,
  IconUser,
  IconUsersGroup,
  IconVideoOff,
  IconVolume,
  IconWalk,
  IconWifiOff,
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
  regionExit: IconPolygon,
  loitering: IconUser,
  group: IconUsersGroup,
  rapidMove: IconWalk,
  parking: IconCar,
  unattendedBaggage: IconPackage,
  attendedBaggage: IconPackage,
  face: IconUser,
  faceSnap: IconUser,
  vehicle: IconCar,
  licensePlate: IconCar,
  audioException: IconVolume,
  pir: IconActivityHeartbeat,
  diskError: IconServerBolt,
  diskFull: IconServerBolt,
  illegalAccess: IconLock,
  networkLoss: IconWifiOff,
  ipConflict: IconWifiOff,
  temperature: IconTemperature,
  fire: IconFlame,
}

const faults = new Set([
  'videoLoss',
  'deviceError',
  'tamper',
  'diskError',
  'diskFull',
  'networkLoss',
  'ipConflict',
  'fire',
])

/** `fault`: something is broken or blinded; `alarm`: someone pressed, opened or entered; `notice`: something moved. */
export const weightOf = (kind: string): 'notice' | 'alarm' | 'fault' => {
  if (faults.has(kind)) return 'fault'
  return kind === 'motion' || kind === 'rapidMove' || kind === 'vehicle' || kind === 'face' ? 'notice' : 'alarm'
}

/** All kinds that have a name of ours. */
export const knownKinds = Object.keys(en.events)
  .filter((key) => key.startsWith('kind_'))
  .map((key) => key.slice('kind_'.length))

/** `lineCrossing` of an unknown kind becomes `Line crossing`. */
export const spellOut = (kind: string): string => {
  const words = kind.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
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

/** True while the camera's picture should show that something is going on. */
export const isOpen = (event: Event): boolean => event.state === 'active'
