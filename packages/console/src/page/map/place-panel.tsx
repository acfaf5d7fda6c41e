// SPDX-License-Identifier: Apache-2.0
/** While placing: the cameras that are not on the plan yet, and how the chosen one looks. */
import { Button, Slider, TextInput } from '@mantine/core'
import type { PlacedCamera } from '@openhmp/contract'
import { IconSearch } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Camera } from '../../part/cameras.ts'
import { CAMERA_TYPE } from '../../part/drag.ts'
import { StateIcon } from '../../part/state-badge.tsx'
import css from './map.module.css'

/** More are found by their names. */
const SHOWN = 100

interface Props {
  /** Not on the plan. */
  cameras: readonly Camera[]
  chosen: { readonly placed: PlacedCamera; readonly name: string } | undefined
  onPut: (camera: Camera) => void
  onChange: (to: { direction?: number; angle?: number }) => void
  onRemove: () => void
}

export function PlacePanel({ cameras, chosen, onPut, onChange, onRemove }: Props) {
  const { t } = useTranslation()
  return (
    <aside className={css['panel']} aria-label={t('map.placing')}>
      {chosen && <Look {...chosen} onChange={onChange} onRemove={onRemove} />}
      <Unplaced cameras={cameras} onPut={onPut} />
    </aside>
  )
}

function Look(props: { placed: PlacedCamera; name: string } & Pick<Props, 'onChange' | 'onRemove'>) {
  const { t } = useTranslation()
  const { placed, name, onChange, onRemove } = props
  return (
    <section className={css['look']} aria-label={name}>
      <h2>{name}</h2>
      <Degrees
        label={t('map.direction')}
        value={placed.direction}
        min={0}
        max={359}
        onChange={(direction) => onChange({ direction })}
      />
      <Degrees
        label={t('map.angle')}
        value={placed.angle}
        min={5}
        max={360}
        onChange={(angle) => onChange({ angle })}
      />
      <p className={css['dim']}>{t('map.keys')}</p>
      <Button variant="default" size="xs" onClick={onRemove}>
        {t('map.takeOff')}
      </Button>
    </section>
  )
}

function Degrees(props: { label: string; value: number; min: number; max: number; onChange: (to: number) => void }) {
  const id = useId()
  const { label, value, ...rest } = props
  return (
    <div>
      <div className={css['degrees']}>
        <span id={id}>{label}</span>
        <span className="number">{value}°</span>
      </div>
      <Slider size="sm" value={value} label={null} thumbProps={{ 'aria-labelledby': id }} {...rest} />
    </div>
  )
}

function Unplaced({ cameras, onPut }: Pick<Props, 'cameras' | 'onPut'>) {
  const { t } = useTranslation()
  const [wanted, setWanted] = useState('')
  const needle = wanted.trim().toLowerCase()
  const found = cameras.filter(({ name, device }) =>
    `${name} ${device.name} ${device.site ?? ''}`.toLowerCase().includes(needle),
  )
  return (
    <section className={css['unplaced']} aria-label={t('map.unplaced')}>
      <h2>{t('map.unplaced')}</h2>
      <TextInput
        size="sm"
        leftSection={<IconSearch size={16} />}
        placeholder={t('wall.findCamera')}
        aria-label={t('wall.findCamera')}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <p className={css['dim']}>{t(cameras.length === 0 ? 'map.allPlaced' : 'map.putHelp')}</p>
      <ul>
        {found.slice(0, SHOWN).map((camera) => (
          <li key={camera.key}>
            <button
              type="button"
              draggable
              onClick={() => onPut(camera)}
              onDragStart={(event) => event.dataTransfer.setData(CAMERA_TYPE, camera.key)}
            >
              <StateIcon state={camera.device.state.state} />
              <span>{camera.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length > SHOWN && <p className={css['dim']}>{t('map.findMore', { count: found.length - SHOWN })}</p>}
    </section>
  )
}
