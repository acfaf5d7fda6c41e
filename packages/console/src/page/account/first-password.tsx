// SPDX-License-Identifier: Apache-2.0
/** In place of every page, until a password that somebody else gave has been changed. */
import { useTranslation } from 'react-i18next'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { NewPassword } from './new-password.tsx'

export function FirstPassword() {
  const { t } = useTranslation()
  return (
    <div className={`${page['page']} ${page['narrow']}`}>
      <PageHeader title={t('account.firstTitle')} lead={t('account.firstLead')} />
      <section className={page['card']} aria-label={t('account.password')}>
        {/* Anew: all that was refused until now is asked for again. */}
        <NewPassword onChanged={async () => location.reload()} />
      </section>
    </div>
  )
}
