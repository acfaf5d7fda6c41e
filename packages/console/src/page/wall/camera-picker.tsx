// SPDX-License-Identifier: Apache-2.0
/** Chooses the camera for a cell, for fingers and keyboards: what dragging is for a mouse. */
import { Modal, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Camera } from '../../part/cameras.ts'
import { StateIcon } from '../../part/state-badge.tsx'
import css from './camera-list.module.css'

interface Props {
  cell: number | undefined
  cameras: readonly Camera[]
  onPick: (cell: number, key: string) => void
  onClose: () => void
}

export function CameraPicker({ cell, cameras, onPick, onClose }: Props) {
  const { t } = useTranslation()
  const [wanted, setWanted] = useState('')
  const needle = wanted.trim().toLowerCase()
  const found = cameras.filter(({ name, device }) => `${name} ${device.name}`.toLowerCase().includes(needle))
  const close = () => {
    setWanted('')
    onClose()
  }
  return (
    <Modal opened={cell !== undefined} onClose={close} title={t('wall.choose', { number: (cell ?? 0) + 1 })}>
      <TextInput
        data-autofocus
        leftSection={<IconSearch size={16} />}
        placeholder={t('wall.findCamera')}
        aria-label={t('wall.findCamera')}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
        mb="sm"
      />
      {found.length === 0 && <p className={css['none']}>{t('wall.noMatch')}</p>}
      {found.map((camera) => (
        <button
          key={camera.key}
          type="button"
          className={css['camera']}
          onClick={() => {
            if (cell !== undefined) onPick(cell, camera.key)
            setWanted('')
          }}
        >
          <StateIcon state={camera.device.state.state} />
          <span className={css['words']}>
            <span>{camera.name}</span>
            {camera.name !== camera.device.name && <small>{camera.device.name}</small>}
          </span>
        </button>
      ))}
    </Modal>
  )
}
