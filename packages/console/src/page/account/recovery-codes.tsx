// SPDX-License-Identifier: Apache-2.0
/** Ten codes to be kept on paper, shown this once. */
import { Button, CopyButton, Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import css from './account.module.css'

export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useTranslation()
  return (
    <div className={css['form']}>
      <div className={css['secret']} role="status">
        <p>{t('factors.keep')}</p>
        <ol className={css['codes']}>
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <Group>
          <CopyButton value={codes.join('\n')}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {t(copied ? 'common.copied' : 'common.copy')}
              </Button>
            )}
          </CopyButton>
          <Button size="xs" onClick={onKept}>
            {t('factors.kept')}
          </Button>
        </Group>
      </div>
    </div>
  )
}
