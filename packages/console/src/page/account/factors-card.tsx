// SPDX-License-Identifier: Apache-2.0
/** How one shows who one is beside the password: an authenticator app, passkeys, and codes for the day both are lost. */
import { Button } from '@mantine/core'
import { GetFactors, RemoveApp, RemovePasskey, RenewRecovery } from '@openhmp/contract'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { canUsePasskeys } from '../../api/passkey.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { Ago, useFormat } from '../../part/time.tsx'
import css from './account.module.css'
import { NewApp } from './new-app.tsx'
import { NewPasskey } from './new-passkey.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'

export const factorsQuery = queryOptions({
  queryKey: ['account', 'factors'],
  queryFn: ({ signal }) => call(GetFactors, { signal }),
})

export function FactorsCard() {
  const { t } = useTranslation()
  const format = useFormat()
  const factors = useQuery(factorsQuery)
  const [adding, setAdding] = useState<'app' | 'passkey'>()
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const reload = () => queries.invalidateQueries({ queryKey: factorsQuery.queryKey })
  const added = async (recovery: readonly string[] | null) => {
    setAdding(undefined)
    setCodes(recovery)
    await reload()
  }
  const change = useMutation({
    mutationFn: async (what: 'app' | 'recovery' | { passkey: string }) => {
      if (what === 'recovery') return (await call(RenewRecovery, {})).recovery
      await (what === 'app' ? call(RemoveApp, {}) : call(RemovePasskey, { params: { id: what.passkey } }))
      return null
    },
    onSuccess: added,
  })
  if (!factors.data) return factors.error ? <Problem error={factors.error} /> : null
  const { hasApp, passkeys, recoveryLeft } = factors.data
  const isOn = hasApp || passkeys.length > 0
  return (
    <section className={page['card']} aria-label={t('factors.title')}>
      <div className={page['cardHead']}>
        <h2>{t('factors.title')}</h2>
      </div>
      <p className={css['lead']}>{t(isOn ? 'factors.on' : 'factors.off')}</p>
      {change.error && <Problem error={change.error} />}
      {codes && <RecoveryCodes codes={codes} onKept={() => setCodes(null)} />}
      <ul className={css['rows']}>
        <li>
          <div>
            <strong>{t('factors.app')}</strong>
            <div className={page['dim']}>{t(hasApp ? 'factors.appOn' : 'factors.appHelp')}</div>
          </div>
          <Button
            variant="default"
            size="compact-sm"
            loading={change.isPending && change.variables === 'app'}
            onClick={() => (hasApp ? change.mutate('app') : setAdding('app'))}
          >
            {t(hasApp ? 'factors.remove' : 'factors.add')}
          </Button>
        </li>
        {passkeys.map(({ id, name, host, createdAt, lastUsedAt }) => (
          <li key={id}>
            <div>
              <strong>{name}</strong>
              <div className={page['dim']}>
                {t('factors.passkeyOf', { host, time: format.dateTime(createdAt) })}
                {lastUsedAt !== null && (
                  <>
                    {' · '}
                    {t('account.lastUsed')} <Ago time={lastUsedAt} />
                  </>
                )}
              </div>
            </div>
            <Button variant="default" size="compact-sm" onClick={() => change.mutate({ passkey: id })}>
              {t('factors.remove')}
            </Button>
          </li>
        ))}
        <li>
          <div>
            <strong>{t('factors.passkey')}</strong>
            <div className={page['dim']}>{t(canUsePasskeys() ? 'factors.passkeyHelp' : 'factors.passkeyNot')}</div>
          </div>
          {canUsePasskeys() && (
            <Button variant="default" size="compact-sm" onClick={() => setAdding('passkey')}>
              {t('factors.add')}
            </Button>
          )}
        </li>
        {isOn && (
          <li>
            <div>
              <strong>{t('factors.recovery')}</strong>
              <div className={page['dim']}>{t('factors.recoveryLeft', { count: recoveryLeft })}</div>
            </div>
            <Button variant="default" size="compact-sm" onClick={() => change.mutate('recovery')}>
              {t('factors.renew')}
            </Button>
          </li>
        )}
      </ul>
      {adding === 'app' && <NewApp onAdded={added} onCancel={() => setAdding(undefined)} />}
      {adding === 'passkey' && <NewPasskey onAdded={added} onCancel={() => setAdding(undefined)} />}
    </section>
  )
}
