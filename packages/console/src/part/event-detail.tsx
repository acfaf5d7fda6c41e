// SPDX-License-Identifier: Apache-2.0
/** What a device knows of an event besides its kind: in words, and as marks over the picture. */
import type { Event } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import css from './event-row.module.css'
import { useFormat } from './time.tsx'

const CELSIUS = { style: 'unit', unit: 'celsius', maximumFractionDigits: 1 } as const

/** Region, plate, face, temperature, and whether it was found in the device's log; those that are known. */
export const useDetailWords = () => {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  return ({ detail, source }: Pick<Event, 'detail' | 'source'>): string[] => {
    const { region = null, licensePlate = null, face, temperature, targets = [] } = detail ?? {}
    const isThere = (word: string) => targets.some(({ type }) => type === word)
    const similarity = face?.similarity ?? null
    return [
      ...(isThere('human') ? [t('events.target_human')] : []),
      ...(isThere('vehicle') ? [t('events.target_vehicle')] : []),
      ...(region === null ? [] : [t('events.region', { number: region })]),
      ...(licensePlate === null ? [] : [licensePlate]),
      ...(face?.name ? [face.name] : []),
      ...(similarity === null
        ? []
        : [t('events.similarity', { percent: format.number(Math.round(similarity * 100)) })]),
      ...(temperature === undefined ? [] : [new Intl.NumberFormat(i18n.language, CELSIUS).format(temperature)]),
      ...(source === 'log' ? [t('events.fromLog')] : []),
    ]
  }
}

/** Rectangles around what moved, outlines of regions and lines. */
export function TargetMarks({ event: { detail } }: { event: Event }) {
  if (!detail) return null
  const { targets, regions = [] } = detail
  if (targets.length === 0 && regions.length === 0) return null
  return (
    <svg className={css['marks']} viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {regions.map(({ points }) => {
        const place = points.map(({ x, y }) => `${x},${y}`).join(' ')
        return points.length === 2 ? <polyline key={place} points={place} /> : <polygon key={place} points={place} />
      })}
      {targets.map(({ x, y, width, height }) => (
        <rect key={`${x} ${y} ${width} ${height}`} x={x} y={y} width={width} height={height} />
      ))}
    </svg>
  )
}
