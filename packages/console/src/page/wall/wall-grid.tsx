// SPDX-License-Identifier: Apache-2.0
/** The pictures themselves. One cell is selected; arrows move the selection, Enter enlarges, a camera can be dropped anywhere. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type CSSProperties, type DragEvent, type KeyboardEvent, useMemo, useRef } from 'react'
import { devicesWithStreamsQuery, eventsQuery } from '../../api/queries.ts'
import { type Camera, keyOf } from '../../part/cameras.ts'
import { CAMERA_TYPE } from '../../part/drag.ts'
import { EmptyCell } from './empty-cell.tsx'
import { Tile, type TileActions, type TileHandle } from './tile.tsx'
import css from './wall.module.css'
import { neighbour, type Size } from './wall-state.ts'

interface Props {
  size: Size
  cells: readonly (string | null)[]
  cameras: readonly Camera[]
  selected: number
  enlarged: string | undefined
  sounding: string | undefined
  handles: Map<string, TileHandle>
  onSelect: (cell: number) => void
  onEnlarge: (key: string | undefined) => void
  onSound: (key: string | undefined) => void
  onChoose: (cell: number) => void
  onPlace: (cell: number, key: string | null) => void
}

export function WallGrid(props: Props) {
  const { size, cells, selected, enlarged } = props
  const grid = useRef<HTMLDivElement>(null)
  const byKey = useMemo(() => new Map(props.cameras.map((camera) => [camera.key, camera])), [props.cameras])
  const active = useActiveEvents()
  const visitor = enlarged !== undefined && !cells.includes(enlarged) ? byKey.get(enlarged) : undefined

  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const isTile = (event.target as Element).matches('[data-tile]')
    if (event.key === 'Enter' && isTile) {
      const key = (event.target as HTMLElement).dataset['tile']
      event.preventDefault()
      props.onEnlarge(key === enlarged ? undefined : key)
      return
    }
    const next = neighbour(selected, size, event.key)
    if (next === selected || enlarged !== undefined) return
    event.preventDefault()
    props.onSelect(next)
    const cell = grid.current?.children[next]?.querySelector<HTMLElement>('[data-tile], button')
    cell?.focus()
  }
  const drop = (cell: number) => (event: DragEvent) => {
    const key = event.dataTransfer.getData(CAMERA_TYPE)
    if (!byKey.has(key)) return
    event.preventDefault()
    props.onPlace(cell, key)
  }
  const allow = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes(CAMERA_TYPE)) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'move'
  }
  const tile = (camera: Camera, cell: number) => {
    const actions: TileActions = {
      select: () => props.onSelect(cell),
      enlarge: () => props.onEnlarge(camera.key === enlarged ? undefined : camera.key),
      change: () => props.onChoose(cell),
      clear: () => props.onPlace(cell, null),
      setSound: (isOn) => props.onSound(isOn ? camera.key : undefined),
    }
    return (
      <Tile
        key={camera.key}
        camera={camera}
        event={active.get(camera.key)}
        isSelected={camera.key === enlarged || (enlarged === undefined && cell === selected)}
        isEnlarged={camera.key === enlarged}
        isSounding={camera.key === props.sounding}
        actions={actions}
        handle={(handle) => {
          if (handle) props.handles.set(camera.key, handle)
          else props.handles.delete(camera.key)
        }}
        drag={{ onDragStart: (event) => event.dataTransfer.setData(CAMERA_TYPE, camera.key) }}
      />
    )
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the cells inside are heard here, once for all
    <div
      ref={grid}
      className={css['grid']}
      style={{ '--side': Math.sqrt(size) } as CSSProperties}
      data-size={size}
      onKeyDown={press}
    >
      {cells.map((key, cell) => {
        const camera = key === null ? undefined : byKey.get(key)
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: a place to drop on; choosing by keyboard is in the cell
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
          <div key={cell} className={css['cell']} onDragOver={allow} onDrop={drop(cell)}>
            {camera ? (
              tile(camera, cell)
            ) : (
              <EmptyCell
                number={cell + 1}
                isSelected={cell === selected}
                onSelect={() => props.onSelect(cell)}
                onChoose={() => props.onChoose(cell)}
              />
            )}
          </div>
        )
      })}
      {visitor && tile(visitor, selected)}
    </div>
  )
}

/** The latest active event of each camera. A device's own event (no channel) belongs to all its cameras. */
const useActiveEvents = () => {
  const pages = useInfiniteQuery(eventsQuery({ state: 'active' })).data?.pages
  const devices = useQuery(devicesWithStreamsQuery).data
  return useMemo(() => {
    const byCamera = new Map<string, NonNullable<typeof pages>[number]['events'][number]>()
    for (const event of pages?.flatMap((page) => page.events) ?? []) {
      const channels = devices?.find((device) => device.id === event.device)?.channels ?? []
      const meant = event.channel === null ? channels.map((channel) => channel.id) : [event.channel]
      for (const channel of meant) {
        const key = keyOf(event.device, channel)
        if (!byCamera.has(key)) byCamera.set(key, event)
      }
    }
    return byCamera
  }, [pages, devices])
}
