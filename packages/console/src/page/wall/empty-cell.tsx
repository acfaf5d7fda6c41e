// SPDX-License-Identifier: Apache-2.0
/** A cell that waits for a camera. */
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import css from './wall.module.css'

export function EmptyCell(props: { number: number; isSelected: boolean; onSelect: () => void; onChoose: () => void }) {
  const { t } = useTranslation()
  return (
    <button
      type="button"
      className={css['empty']}
      tabIndex={props.isSelected ? 0 : -1}
      aria-label={t('wall.choose', { number: props.number })}
      onFocus={props.onSelect}
      onClick={props.onChoose}
    >
      <IconPlus size={22} stroke={1.6} aria-hidden="true" />
      <span>{t('wall.emptyCell')}</span>
      <span className={css['hint']}>{t('wall.emptyHint')}</span>
    </button>
  )
}
