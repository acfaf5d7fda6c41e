// SPDX-License-Identifier: Apache-2.0
/** A cell that waits for a camera. */
import { VisuallyHidden } from '@mantine/core'
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
      onFocus={props.onSelect}
      onClick={props.onChoose}
    >
      <IconPlus size={22} stroke={1.6} aria-hidden="true" />
      <VisuallyHidden>{t('wall.cell', { number: props.number })}</VisuallyHidden>
      <span>{t('wall.emptyCell')}</span>
      <span className={css['hint']} aria-hidden="true">
        {t('wall.emptyHint')}
      </span>
    </button>
  )
}
