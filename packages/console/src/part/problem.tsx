// SPDX-License-Identifier: Apache-2.0
/** What went wrong, in words: ours for what the page knows, the server's for the rest. */
import { Alert, Button } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../api/call.ts'
import { problemText } from '../text/problem.ts'

/** One sentence for any error. */
const useProblemText = () => {
  const { t, i18n } = useTranslation()
  return (error: unknown): string => {
    if (!(error instanceof ApiProblem)) return t('fault.page')
    if (error.code === 'network') return t('fault.network')
    if (error.code === 'answer') return t('fault.answer', { detail: error.message })
    if (error.code === 'status') return t('fault.status', { status: error.status })
    return problemText(i18n.language, error.code, error.message)
  }
}

/** A box with the error and, where asking again may help, the button for it. */
export function Problem({ error, title, onRetry }: { error: unknown; title?: string; onRetry?: () => void }) {
  const { t } = useTranslation()
  const text = useProblemText()
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertCircle />} title={title ?? t('fault.title')}>
      {text(error)}
      {onRetry && (
        <div>
          <Button size="xs" mt="sm" variant="default" onClick={onRetry}>
            {t('common.retry')}
          </Button>
        </div>
      )}
    </Alert>
  )
}
