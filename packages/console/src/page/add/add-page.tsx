// SPDX-License-Identifier: Apache-2.0
/** Adding a device, one of three ways. What was found is shown before anything is added. */
import { IconAntenna, IconBroadcast, IconNetwork, IconRadar2 } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkButton } from '../../part/link-button.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import css from './add.module.css'
import { DialInForm } from './dial-in-form.tsx'
import { IsapiForm } from './isapi-form.tsx'
import { RtspForm } from './rtsp-form.tsx'

const ways = [
  { kind: 'isapi', icon: IconNetwork },
  { kind: 'rtsp', icon: IconBroadcast },
  { kind: 'hmp', icon: IconAntenna },
] as const

export function AddPage() {
  const { t } = useTranslation()
  const [kind, setKind] = useState<'isapi' | 'rtsp' | 'hmp'>('isapi')
  return (
    <div className={`${page['page']} ${page['narrow']}`}>
      <PageHeader title={t('add.title')} lead={t('add.lead')}>
        <LinkButton to="/devices/find" variant="default" leftSection={<IconRadar2 size={18} />}>
          {t('find.open')}
        </LinkButton>
      </PageHeader>
      <fieldset className={css['ways']} aria-label={t('add.way')}>
        {ways.map(({ kind: way, icon: Icon }) => (
          <label key={way} className={css['way']} data-chosen={kind === way}>
            <input type="radio" name="way" value={way} checked={kind === way} onChange={() => setKind(way)} />
            <Icon size={24} stroke={1.6} aria-hidden="true" />
            <strong>{t(`add.${way}`)}</strong>
            <span>{t(`add.${way}Text`)}</span>
          </label>
        ))}
      </fieldset>
      <div className={css['form']}>
        {kind === 'isapi' && <IsapiForm />}
        {kind === 'rtsp' && <RtspForm />}
        {kind === 'hmp' && <DialInForm />}
      </div>
    </div>
  )
}
