// SPDX-License-Identifier: Apache-2.0
/** A plan while its cameras are placed: nothing is kept until it is saved. */
import { Button } from '@mantine/core'
import { ChangePlan, type Plan } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { type KeyboardEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { notePlan, plansQuery } from '../../api/plan-queries.ts'
import { Problem } from '../../part/problem.tsx'
import { change, keyed, type Placed, placedKey, put, without } from './draft.ts'
import css from './map.module.css'
import { Marker } from './marker.tsx'
import { PlacePanel } from './place-panel.tsx'
import { Stage } from './stage.tsx'
import { useStandings } from './standing.ts'
import type { Point } from './view-box.ts'

const MIDDLE: Point = { x: 0.5, y: 0.5 }

export function PlaceCameras({ plan, onDone }: { plan: Plan; onDone: () => void }) {
  const { t } = useTranslation()
  const standings = useStandings()
  // The plan as it was when this began: what somebody else does meanwhile is a conflict, told by the server.
  const [base] = useState(plan)
  const [placed, setPlaced] = useState<Placed>(base.cameras)
  const [chosen, setChosen] = useState<string>()
  const save = useMutation({
    mutationFn: () => {
      const { id, edition, name, site } = base
      return call(ChangePlan, { params: { id }, body: { edition, name, site, cameras: [...placed] } })
    },
    onSuccess: (saved) => {
      notePlan(saved)
      onDone()
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 409)
        void queries.invalidateQueries({ queryKey: plansQuery.queryKey })
    },
  })
  const cameras = [...(standings?.values() ?? [])].map(({ camera }) => camera)
  const taken = new Set(placed.map(placedKey))
  const putAt = (key: string, at: Point) => {
    const camera = cameras.find((one) => one.key === key)
    if (!camera) return
    setPlaced(put(placed, camera, at))
    setChosen(key)
  }
  const press = (key: string) => (event: KeyboardEvent) => {
    const moved = keyed(placed, key, event.key)
    if (!moved) return
    event.preventDefault()
    setPlaced(moved)
  }
  const one = placed.find((each) => placedKey(each) === chosen)
  return (
    <>
      <div className={css['saving']}>
        <span>{t('map.placingHelp')}</span>
        <Button variant="default" onClick={onDone}>
          {t('common.cancel')}
        </Button>
        <Button loading={save.isPending} disabled={placed === base.cameras} onClick={() => save.mutate()}>
          {t('common.save')}
        </Button>
      </div>
      {save.error && <Problem error={save.error} />}
      <div className={css['room']}>
        <Stage plan={base} count={placed.length} onBackground={() => setChosen(undefined)} onDrop={putAt}>
          {(toShare) =>
            placed.map((each) => {
              const key = placedKey(each)
              return (
                <Marker
                  key={key}
                  placed={each}
                  standing={standings?.get(key)}
                  isChosen={key === chosen}
                  onChoose={() => setChosen(key)}
                  deeds={{
                    onMove: (clientX, clientY) => setPlaced(change(placed, key, toShare(clientX, clientY))),
                    onTurn: (direction) => setPlaced(change(placed, key, { direction })),
                    onKey: press(key),
                  }}
                />
              )
            })
          }
        </Stage>
        <PlacePanel
          cameras={cameras.filter(({ key }) => !taken.has(key))}
          chosen={one && { placed: one, name: standings?.get(placedKey(one))?.camera.name ?? t('map.gone') }}
          onPut={({ key }) => putAt(key, MIDDLE)}
          onChange={(to) => one && setPlaced(change(placed, placedKey(one), to))}
          onRemove={() => one && setPlaced(without(placed, placedKey(one)))}
        />
      </div>
    </>
  )
}
