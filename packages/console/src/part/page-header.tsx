// SPDX-License-Identifier: Apache-2.0
/** The head of a page: its name, a line on it, and what can be done. Sets the window's title and takes the focus on arrival. */
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import css from './page-header.module.css'

/** Names the window after the page. */
export const useTitle = (title: string): void => {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = `${title} · ${t('common.product')}`
  }, [title, t])
}

export function PageHeader(props: { title: string; lead?: ReactNode; before?: ReactNode; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useTitle(props.title)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <header className={css['header']}>
      {props.before}
      <div className={css['words']}>
        <h1 ref={heading} tabIndex={-1} className={css['title']}>
          {props.title}
        </h1>
        {props.lead && <div className={css['lead']}>{props.lead}</div>}
      </div>
      <div className={css['actions']}>{props.children}</div>
    </header>
  )
}
