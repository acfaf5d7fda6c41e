// SPDX-License-Identifier: Apache-2.0
/** The frame of the pages before the console: the product on one side, the form on the other. */
import { SegmentedControl } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Logo } from '../part/logo.tsx'
import { type Language, languages, speak } from '../text/language.ts'
import css from './gate.module.css'

/** A wall of sixteen, a few of them lit: the product in one drawing. */
const lit = new Map([
  [1, 'a'],
  [6, 'b'],
  [8, 'c'],
  [11, 'a'],
  [14, 'b'],
])

export function Gate({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  const { t, i18n } = useTranslation()
  return (
    <div className={css['gate']}>
      <div className={css['side']} aria-hidden="true">
        <div className={css['drawing']}>
          {Array.from({ length: 16 }, (_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a drawing, it never changes
            <span key={i} data-lit={lit.get(i)} />
          ))}
        </div>
        <div className={css['brand']}>
          <Logo size={44} />
          <div>
            <strong>{t('common.product')}</strong>
            <span>{t('common.tagline')}</span>
          </div>
        </div>
      </div>
      <main className={css['main']}>
        <div className={css['form']}>
          <div className={css['small']}>
            <Logo size={40} />
          </div>
          <h1>{title}</h1>
          <p>{lead}</p>
          {children}
        </div>
        <SegmentedControl
          size="xs"
          aria-label={t('nav.language')}
          value={i18n.language}
          onChange={(language) => void speak(language as Language, true)}
          data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
        />
      </main>
    </div>
  )
}
