// SPDX-License-Identifier: Apache-2.0
/** The live wall: pictures, beside them the events as they happen and, when asked for, the list of cameras. */
import type { Device } from '@openhmp/contract'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { devicesWithStreamsQuery } from '../../api/queries.ts'
import { camerasOf } from '../../part/cameras.ts'
import { EventRail } from '../../part/event-rail.tsx'
import { useTitle } from '../../part/page-header.tsx'
import { useHotkeys } from '../../part/use-hotkeys.ts'
import { WelcomePage } from '../welcome.tsx'
import { CameraList } from './camera-list.tsx'
import { CameraPicker } from './camera-picker.tsx'
import { Shortcuts } from './shortcuts.tsx'
import type { TileHandle } from './tile.tsx'
import { useWall } from './use-wall.ts'
import css from './wall.module.css'
import { WallGrid } from './wall-grid.tsx'
import { cellsOnShow, pagesOf, place, resize, sizes, turn } from './wall-state.ts'
import { WallToolbar } from './wall-toolbar.tsx'

export function WallPage() {
  const { t } = useTranslation()
  useTitle(t('wall.title'))
  const devices = useQuery(devicesWithStreamsQuery).data
  if (!devices) return null
  return devices.length === 0 ? <WelcomePage /> : <Wall devices={devices} />
}

function Wall({ devices }: { devices: readonly Device[] }) {
  const { t } = useTranslation()
  const cameras = useMemo(() => camerasOf(devices), [devices])
  const keys = useMemo(() => cameras.map((camera) => camera.key), [cameras])
  const [wall, setWall] = useWall(cameras.length)
  const [selected, setSelected] = useState(0)
  const [picking, setPicking] = useState<number>()
  const [hasHelp, setHasHelp] = useState(false)
  const [sounding, setSounding] = useState<string>()
  const handles = useRef(new Map<string, TileHandle>())
  const stage = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  const { camera: enlarged } = useSearch({ from: '/app/' })

  const cells = cellsOnShow(wall, keys)
  const pages = pagesOf(wall, keys)
  const current = Math.min(selected, wall.size - 1)
  const setEnlarged = (key: string | undefined) =>
    void navigate({ to: '/', search: key === undefined ? {} : { camera: key }, replace: true })
  const handleOfSelected = () => handles.current.get(enlarged ?? cells[current] ?? '')
  const fullScreen = () => {
    if (document.fullscreenElement) void document.exitFullscreen()
    else void stage.current?.requestFullscreen()
  }

  useEffect(() => {
    if (sounding && !cells.includes(sounding) && sounding !== enlarged) setSounding(undefined)
  })
  useHotkeys({
    ...Object.fromEntries(sizes.map((size, i) => [String(i + 1), () => setWall(resize(wall, size))])),
    escape: () => setEnlarged(undefined),
    f: fullScreen,
    e: () => setWall({ ...wall, hasEvents: !wall.hasEvents }),
    c: () => setWall({ ...wall, hasCameras: !wall.hasCameras }),
    m: () => handleOfSelected()?.toggleSound(),
    s: () => handleOfSelected()?.snapshot(),
    '[': () => setWall(turn(wall, keys, -1)),
    ']': () => setWall(turn(wall, keys, 1)),
    '?': () => setHasHelp(true),
  })

  return (
    <div className={css['wall']}>
      <WallToolbar
        wall={wall}
        pages={pages}
        onWall={setWall}
        onTurn={(by) => setWall(turn(wall, keys, by))}
        onFullScreen={fullScreen}
        onHelp={() => setHasHelp(true)}
      />
      <div className={css['room']}>
        {wall.hasCameras && (
          <CameraList
            cameras={cameras}
            shown={new Set(cells.filter((key) => key !== null))}
            isAutomatic={wall.cells === null}
            onPlace={(key) => setWall(place(wall, keys, current, key))}
            onAutomatic={() => setWall({ ...wall, cells: null, page: 0 })}
          />
        )}
        <section ref={stage} className={css['stage']} aria-label={t('wall.region')}>
          <WallGrid
            size={wall.size}
            cells={cells}
            cameras={cameras}
            selected={current}
            enlarged={enlarged}
            sounding={sounding}
            handles={handles.current}
            onSelect={setSelected}
            onEnlarge={setEnlarged}
            onSound={setSounding}
            onChoose={setPicking}
            onPlace={(cell, key) => setWall(place(wall, keys, cell, key))}
          />
        </section>
        {wall.hasEvents && <EventRail />}
      </div>
      <CameraPicker
        cell={picking}
        cameras={cameras}
        onClose={() => setPicking(undefined)}
        onPick={(cell, key) => {
          setWall(place(wall, keys, cell, key))
          setPicking(undefined)
        }}
      />
      <Shortcuts isOpen={hasHelp} onClose={() => setHasHelp(false)} />
    </div>
  )
}
