// SPDX-License-Identifier: Apache-2.0
/** All cameras beside the wall: find, drag onto a cell, or press Enter to show one in the selected cell. */
import { ActionIcon, TextInput, Tooltip } from '@mantine/core'
import { IconSearch, IconSortAscending } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Camera } from '../../part/cameras.ts'
import { CAMERA_TYPE } from '../../part/drag.ts'
import { StateIcon } from '../../part/state-badge.tsx'
import css from './camera-list.module.css'

interface Props {
  cameras: readonly Camera[]
  shown: ReadonlySet<string>
  isAutomatic: boolean
  onPlace: (key: string) => void
  onAutomatic: () => void
}

export function CameraList({ cameras, shown, isAutomatic, onPlace, onAutomatic }: Props) {
  const { t } = useTranslation()
  const [wanted, setWanted] = useState('')
  const needle = wanted.trim().toLowerCase()
  const found = cameras.filter(({ name, device }) => `${name} ${device.name}`.toLowerCase().includes(needle))
  return (
    <aside className={css['list']} aria-label={t('wall.cameras')}>
      <div className={css['head']}>
        <h2>{t('wall.cameras')}</h2>
        <Tooltip label={t('wall.automaticHelp')}>
          <ActionIcon
            variant={isAutomatic ? 'light' : 'subtle'}
            color={isAutomatic ? 'signal' : 'gray'}
            aria-label={t('wall.automatic')}
            aria-pressed={isAutomatic}
            onClick={onAutomatic}
          >
            <IconSortAscending size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
      <TextInput
        size="sm"
        leftSection={<IconSearch size={16} />}
        placeholder={t('wall.findCamera')}
        aria-label={t('wall.findCamera')}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      {found.length === 0 && <p className={css['none']}>{t('wall.noMatch')}</p>}
      <ul>
        {found.map((camera) => (
          <li key={camera.key}>
            <button
              type="button"
              draggable
              className={css['camera']}
              data-shown={shown.has(camera.key)}
              title={t('wall.place', { name: camera.name })}
              onClick={() => onPlace(camera.key)}
              onDragStart={(event) => event.dataTransfer.setData(CAMERA_TYPE, camera.key)}
            >
              <StateIcon state={camera.device.state.state} />
              <span className={css['words']}>
                <span>{camera.name}</span>
                {camera.name !== camera.device.name && <small>{camera.device.name}</small>}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  )
}
