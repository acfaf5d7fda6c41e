// SPDX-License-Identifier: Apache-2.0
/** A camera on a plan: where it hangs, where it looks, how it stands. While placing, it is dragged, turned and moved by keys. */
import type { PlacedCamera } from '@openhmp/contract'
import { IconDeviceCctv, IconQuestionMark } from '@tabler/icons-react'
import type { KeyboardEvent, PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useEventName, weightOf } from '../../part/event-kind.tsx'
import { SeverityMark } from '../../part/severity-mark.tsx'
import css from './map.module.css'
import type { Standing } from './standing.ts'

/** Of the cone, in pixels of the screen. */
const RADIUS = 62

export interface MarkerDeeds {
  /** To a point of the window. */
  readonly onMove: (clientX: number, clientY: number) => void
  readonly onTurn: (direction: number) => void
  readonly onKey: (event: KeyboardEvent) => void
}

interface Props {
  placed: PlacedCamera
  /** Undefined when the camera is not there any more. */
  standing: Standing | undefined
  isChosen: boolean
  onChoose: () => void
  /** While placing. */
  deeds?: MarkerDeeds | undefined
}

/** A sector with its tip at 0, 0, looking up. */
const sector = (angle: number): string => {
  if (angle >= 360)
    return `M0 ${-RADIUS} A${RADIUS} ${RADIUS} 0 1 1 0 ${RADIUS} A${RADIUS} ${RADIUS} 0 1 1 0 ${-RADIUS} Z`
  const half = (angle / 2) * (Math.PI / 180)
  const x = RADIUS * Math.sin(half)
  const y = -RADIUS * Math.cos(half)
  return `M0 0 L${-x} ${y} A${RADIUS} ${RADIUS} 0 ${angle > 180 ? 1 : 0} 1 ${x} ${y} Z`
}

export function Marker({ placed, standing, isChosen, onChoose, deeds }: Props) {
  const words = useWords(standing)
  const { state } = standing?.camera.device.state ?? { state: 'gone' as const }
  const drag = (event: PointerEvent) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) deeds?.onMove(event.clientX, event.clientY)
  }
  const begin = (event: PointerEvent) => {
    if (!deeds || event.button !== 0) return
    event.stopPropagation()
    event.currentTarget.setPointerCapture(event.pointerId)
    onChoose()
  }
  return (
    <div
      className={css['marker']}
      data-state={state}
      data-weight={standing?.active && weightOf(standing.active.kind)}
      data-chosen={isChosen}
      data-placing={deeds !== undefined}
      style={{ left: `${placed.x * 100}%`, top: `${placed.y * 100}%` }}
    >
      <svg className={css['cone']} viewBox={`${-RADIUS} ${-RADIUS} ${2 * RADIUS} ${2 * RADIUS}`} aria-hidden="true">
        <path d={sector(placed.angle)} transform={`rotate(${placed.direction})`} />
      </svg>
      {deeds && isChosen && <TurnHandle direction={placed.direction} onTurn={deeds.onTurn} />}
      <button
        type="button"
        className={css['dot']}
        aria-label={words.label}
        aria-pressed={isChosen}
        onClick={onChoose}
        onPointerDown={begin}
        onPointerMove={drag}
        onKeyDown={deeds?.onKey}
      >
        {standing ? <IconDeviceCctv size={18} aria-hidden="true" /> : <IconQuestionMark size={18} aria-hidden="true" />}
        {standing?.severity && (
          <span className={css['alarm']}>
            <SeverityMark severity={standing.severity} size={16} />
          </span>
        )}
      </button>
      <span className={css['name']} aria-hidden="true">
        {words.name}
      </span>
    </div>
  )
}

/** For the mouse; the panel has the same for keys. */
function TurnHandle({ direction, onTurn }: { direction: number; onTurn: (direction: number) => void }) {
  const turn = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const middle = event.currentTarget.parentElement!.getBoundingClientRect()
    onTurn((Math.atan2(event.clientX - middle.x, middle.y - event.clientY) * 180) / Math.PI)
  }
  return (
    <span
      className={css['turn']}
      aria-hidden="true"
      style={{ transform: `rotate(${direction}deg) translateY(${-RADIUS}px)` }}
      onPointerDown={(event) => {
        event.stopPropagation()
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={turn}
    />
  )
}

const useWords = (standing: Standing | undefined) => {
  const { t } = useTranslation()
  const eventName = useEventName()
  if (!standing) return { name: t('map.gone'), label: t('map.gone') }
  const { camera, active, severity } = standing
  const parts = [
    camera.name,
    t(`devices.state_${camera.device.state.state}`),
    active && eventName(active),
    severity && t('map.newAlarm', { severity: t(`alarms.severity_${severity}`) }),
  ]
  return { name: camera.name, label: parts.filter(Boolean).join(', ') }
}
