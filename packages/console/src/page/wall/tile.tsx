// SPDX-License-Identifier: Apache-2.0
/**
 * One cell of the wall with a camera in it. Name, state, time, events and buttons stand in a bar over the picture and never
 * on it: cameras write their own time and name into its corners, and a picture is evidence.
 */
import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { Event } from '@openhmp/contract'
import {
  IconArrowsMaximize,
  IconArrowsMinimize,
  IconCamera,
  IconDotsVertical,
  IconExternalLink,
  IconReplace,
  IconVolume,
  IconVolumeOff,
  IconX,
} from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LiveView } from '../../live/live-view.ts'
import { firstStatus, type ViewStatus } from '../../live/status.ts'
import { announce } from '../../part/announce.ts'
import { type Camera, soundProfile } from '../../part/cameras.ts'
import { codecName } from '../../part/codec-name.ts'
import { KindIcon, useKindName, weightOf } from '../../part/event-kind.tsx'
import { LivePicture } from '../../part/live-picture.tsx'
import { saveSnapshot } from '../../part/snapshot.ts'
import { Clock } from '../../part/time.tsx'
import css from './tile.module.css'

/** What a tile asks of the wall. */
export interface TileActions {
  select(): void
  enlarge(): void
  change(): void
  clear(): void
  setSound(isOn: boolean): void
}

/** What the keyboard asks of the selected tile. */
export interface TileHandle {
  snapshot(): void
  toggleSound(): void
}

interface Props {
  camera: Camera
  event: Event | undefined
  isSelected: boolean
  isEnlarged: boolean
  isSounding: boolean
  actions: TileActions
  handle: (handle: TileHandle | null) => void
  drag: { onDragStart?: (event: DragEvent) => void }
}

export function Tile({ camera, event, isSelected, isEnlarged, isSounding, actions, handle, drag }: Props) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const navigate = useNavigate()
  const view = useRef<LiveView>(null)
  const [status, setStatus] = useState<ViewStatus>(firstStatus)
  const sound = soundProfile(camera, status.profile)
  const { name } = camera

  const snapshot = async () => {
    const blob = await view.current?.snapshot()
    if (!blob) return void notifications.show({ color: 'yellow', message: t('wall.snapshotFailed') })
    saveSnapshot(blob, name)
    notifications.show({ message: t('wall.snapshotSaved', { name }) })
  }
  const toggleSound = () => {
    if (!sound) return void notifications.show({ message: t('wall.noSound') })
    actions.setSound(!isSounding)
  }
  useEffect(() => {
    handle({ snapshot: () => void snapshot(), toggleSound })
    return () => handle(null)
  })
  useEffect(() => {
    if (sound) void view.current?.setSound(isSounding, sound)
  }, [isSounding, sound])

  const state = status.phase === 'unsupported' ? t('live.noSignal') : t(`live.${status.phase}`)
  const tab = isSelected ? 0 : -1
  const before = useRef(status.phase)
  useEffect(() => {
    const was = before.current
    before.current = status.phase
    const isNews = was !== status.phase && was !== 'connecting' && status.phase !== 'connecting'
    if (isNews) announce(t('wall.announceState', { name, state }), status.phase !== 'live')
  })
  const codec = codecName(status.replaced ?? null)
  const button = (label: string, icon: React.ReactNode, onClick: () => void, isPressed?: boolean) => (
    <Tooltip label={label} position="bottom">
      <ActionIcon
        className={css['button']}
        variant="transparent"
        size={26}
        tabIndex={tab}
        aria-label={`${label}: ${name}`}
        aria-pressed={isPressed}
        onClick={onClick}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  )

  return (
    // biome-ignore lint/a11y/useSemanticElements: a tile of the wall is no form fieldset, the element for this role
    <div
      role="group"
      className={css['tile']}
      aria-label={t('wall.tileLabel', { name, state })}
      tabIndex={tab}
      data-tile={camera.key}
      data-selected={isSelected}
      data-enlarged={isEnlarged}
      data-weight={event ? weightOf(event.kind) : undefined}
      draggable={!isEnlarged}
      onFocus={actions.select}
      onDoubleClick={(click) => {
        if (!(click.target as Element).closest('button')) actions.enlarge()
      }}
      {...drag}
    >
      <div className={css['caption']}>
        <span className={css['dot']} data-phase={status.phase} title={state} />
        <span className={css['name']}>{name}</span>
        {event && (
          <span className={css['event']} data-weight={weightOf(event.kind)}>
            <KindIcon kind={event.kind} size={14} />
            <span>{kindName(event.kind)}</span>
          </span>
        )}
        {status.replaced && status.phase === 'live' && (
          <Tooltip label={t('live.substreamHelp', { codec })}>
            <span className={css['note']}>{t('live.substream')}</span>
          </Tooltip>
        )}
        {isSounding && <IconVolume size={16} aria-hidden="true" className={css['sounding']} />}
        <span className={css['clock']}>{status.phase === 'live' ? <Clock /> : state}</span>
        <div className={css['actions']}>
          {sound &&
            button(
              isSounding ? t('wall.soundOff') : t('wall.soundOn'),
              isSounding ? <IconVolume size={17} /> : <IconVolumeOff size={17} />,
              toggleSound,
              isSounding,
            )}
          {button(t('wall.snapshot'), <IconCamera size={17} />, () => void snapshot())}
          {button(
            isEnlarged ? t('wall.reduce') : t('wall.enlarge'),
            isEnlarged ? <IconArrowsMinimize size={17} /> : <IconArrowsMaximize size={17} />,
            actions.enlarge,
          )}
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <ActionIcon
                className={css['button']}
                variant="transparent"
                size={26}
                tabIndex={tab}
                aria-label={t('wall.menu', { name })}
              >
                <IconDotsVertical size={17} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconExternalLink size={16} />}
                onClick={() => void navigate({ to: '/devices/$id', params: { id: camera.device.id } })}
              >
                {t('wall.openDevice')}
              </Menu.Item>
              <Menu.Item leftSection={<IconReplace size={16} />} onClick={actions.change}>
                {t('wall.change')}
              </Menu.Item>
              <Menu.Item leftSection={<IconX size={16} />} onClick={actions.clear}>
                {t('wall.clear')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <LivePicture camera={camera} ref={view} onStatus={setStatus} />
    </div>
  )
}
