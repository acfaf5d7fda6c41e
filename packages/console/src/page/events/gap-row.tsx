// SPDX-License-Identifier: Apache-2.0
/** A time of which nobody knows what happened at a device. */
import type { Gap } from '@openhmp/contract'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../../part/time.tsx'
import css from './events.module.css'

export function GapRow({ gap }: { gap: Gap }) {
  const { t } = useTranslation()
  const format = useFormat()
  const now = useNow()
  const { from, to, deviceName, cause, fill } = gap
  const fillText = ({ state, count, why }: NonNullable<Gap['fill']>): string => {
    if (state === 'filling') return t('events.gapFilling')
    if (state === 'unfillable') return t('events.gapUnfillable', { why: why ?? '' })
    const found = count === 0 ? t('events.gapFilledNone') : t('events.gapFilled', { count })
    return state === 'filled' ? found : `${found}. ${t('events.gapPartly', { why: why ?? '' })}`
  }
  const span = format.span((to === null ? now : Date.parse(to)) - Date.parse(from))
  return (
    <div className={css['gap']} data-open={to === null}>
      <IconPlugConnectedX size={20} aria-hidden="true" />
      <div>
        <div>{t('events.gap', { name: deviceName })}</div>
        <div className={css['gapTime']}>
          <span className="number">
            {to === null
              ? `${t('events.gapOpen', { from: format.time(from) })} · ${span}`
              : t('events.gapSpan', { from: format.time(from), to: format.time(to), span })}
          </span>
        </div>
        <div className={css['gapTime']}>
          {t(fill?.state === 'filled' ? 'events.gapWas' : 'events.gapHelp', { cause: cause.text })}
        </div>
        {fill && <div className={css['gapTime']}>{fillText(fill)}</div>}
      </div>
    </div>
  )
}
