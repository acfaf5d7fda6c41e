// SPDX-License-Identifier: Apache-2.0
/** A plan as one watches it: markers with their state; the chosen one's card beside. */
import { Button } from '@mantine/core'
import type { Plan } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { useHotkeys } from '../../part/use-hotkeys.ts'
import { CameraCard } from './camera-card.tsx'
import { placedKey } from './draft.ts'
import css from './map.module.css'
import { Marker } from './marker.tsx'
import { Stage } from './stage.tsx'
import { useStandings } from './standing.ts'

interface Props {
  plan: Plan
  /** The key of a camera. */
  chosen: string | undefined
  onChoose: (key: string | undefined) => void
  /** Undefined for who may not. */
  onPlace: (() => void) | undefined
}

export function PlanView({ plan, chosen, onChoose, onPlace }: Props) {
  const { t } = useTranslation()
  const standings = useStandings()
  const chooseNone = () => onChoose(undefined)
  useHotkeys({ Escape: chooseNone })
  // What is not there any more is shown to who can take it off the plan.
  const shown = standings ? plan.cameras.filter((placed) => standings.has(placedKey(placed))) : []
  const standing = chosen === undefined ? undefined : standings?.get(chosen)
  return (
    <div className={css['room']}>
      <Stage plan={plan} count={shown.length} onBackground={chooseNone}>
        {() =>
          shown.map((placed) => {
            const key = placedKey(placed)
            return (
              <Marker
                key={key}
                placed={placed}
                standing={standings?.get(key)}
                isChosen={key === chosen}
                onChoose={() => onChoose(key === chosen ? undefined : key)}
              />
            )
          })
        }
      </Stage>
      {standings && shown.length === 0 && (
        <div className={css['hint']}>
          {t('map.noCameras')}
          {onPlace && (
            <Button size="xs" onClick={onPlace}>
              {t('map.place')}
            </Button>
          )}
        </div>
      )}
      {standing && <CameraCard key={chosen} standing={standing} onClose={chooseNone} />}
    </div>
  )
}
