// SPDX-License-Identifier: Apache-2.0
/** The picture of a plan with its markers: moved, zoomed, and dropped upon. Markers keep their size on the screen. */
import { ActionIcon, Tooltip } from '@mantine/core'
import { GetPlanPicture, type Plan } from '@openhmp/contract'
import { IconMaximize, IconMinus, IconPlus } from '@tabler/icons-react'
import { type CSSProperties, type DragEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { address } from '../../api/call.ts'
import { CAMERA_TYPE } from '../../part/drag.ts'
import { useHotkeys } from '../../part/use-hotkeys.ts'
import css from './map.module.css'
import { usePanZoom } from './use-pan-zoom.ts'
import { fit, type Point } from './view-box.ts'

/** Names of more cameras than these would lie over each other: then only from so close on. */
const FEW = 24
const NAMES_FROM_ZOOM = 2.5
const ZOOM_STEP = 1.5

interface Props {
  plan: Plan
  count: number
  /** The markers; told how to find a point of the window on the picture. */
  children: (toShare: (clientX: number, clientY: number) => Point) => ReactNode
  onBackground: () => void
  /** A camera was dropped there. */
  onDrop?: ((key: string, at: Point) => void) | undefined
}

export function Stage({ plan, count, children, onBackground, onDrop }: Props) {
  const { t } = useTranslation()
  const { ref, view, hasMoved, zoom, showAll, toShare, handlers } = usePanZoom(plan)
  const [isBroken, setBroken] = useState(false)
  useHotkeys({ '+': () => zoom(ZOOM_STEP), '-': () => zoom(1 / ZOOM_STEP), '0': showAll })
  const stage = ref.current
  const least = stage ? fit(plan, { width: stage.clientWidth, height: stage.clientHeight }).scale : 1
  const hasNames = count <= FEW || (view !== undefined && view.scale / least >= NAMES_FROM_ZOOM)
  const drop = (event: DragEvent) => {
    const key = event.dataTransfer.getData(CAMERA_TYPE)
    if (!key || !onDrop) return
    event.preventDefault()
    onDrop(key, toShare(event.clientX, event.clientY))
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside everything chooses nothing; Escape does the same
    <section
      ref={ref}
      className={css['stage']}
      aria-label={plan.name}
      data-names={hasNames}
      {...handlers}
      onClick={(event) => {
        if (!hasMoved() && !(event.target as Element).closest('button')) onBackground()
      }}
      onDragOver={(event) => {
        if (onDrop && event.dataTransfer.types.includes(CAMERA_TYPE)) event.preventDefault()
      }}
      onDrop={drop}
    >
      {view && (
        <div
          className={css['layer']}
          style={
            {
              width: plan.width,
              height: plan.height,
              transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
              '--unscale': 1 / view.scale,
            } as CSSProperties
          }
        >
          <img
            className={css['picture']}
            src={address(GetPlanPicture, { id: plan.id })}
            alt={t('map.picture', { name: plan.name })}
            draggable={false}
            onError={() => setBroken(true)}
          />
          {children(toShare)}
        </div>
      )}
      {isBroken && <p className={css['broken']}>{t('map.broken')}</p>}
      <div className={css['zoom']}>
        <ZoomButton
          label={t('map.closer')}
          onPress={() => zoom(ZOOM_STEP)}
          icon={<IconPlus size={18} aria-hidden="true" />}
        />
        <ZoomButton
          label={t('map.farther')}
          onPress={() => zoom(1 / ZOOM_STEP)}
          icon={<IconMinus size={18} aria-hidden="true" />}
        />
        <ZoomButton label={t('map.all')} onPress={showAll} icon={<IconMaximize size={18} aria-hidden="true" />} />
      </div>
    </section>
  )
}

function ZoomButton({ label, icon, onPress }: { label: string; icon: ReactNode; onPress: () => void }) {
  return (
    <Tooltip label={label} position="left">
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={onPress}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}
