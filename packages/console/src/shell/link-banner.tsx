// SPDX-License-Identifier: Apache-2.0
/** Says that the page no longer hears from the server, for as long as that is so. */
import { Button } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { liveFeed } from '../api/live-feed.ts'
import { liveEngine } from '../live/live-engine.ts'
import css from './link-banner.module.css'

export function LinkBanner() {
  const { t } = useTranslation()
  const state = useSyncExternalStore(liveFeed.watch, liveFeed.state)
  const retry = () => {
    liveFeed.retry()
    liveEngine.nudge()
  }
  return (
    <div role="status" aria-live="assertive">
      {state === 'lost' && (
        <div className={css['banner']}>
          <IconPlugConnectedX size={20} aria-hidden="true" />
          <div className={css['words']}>
            <strong>{navigator.onLine ? t('link.lost') : t('link.offline')}</strong> <span>{t('link.lostMore')}</span>
          </div>
          <Button size="xs" variant="white" color="dark" onClick={retry}>
            {t('link.retry')}
          </Button>
        </div>
      )}
    </div>
  )
}
