// SPDX-License-Identifier: Apache-2.0
/** Before the first device: add what one has, or start the demo site. Gives way to the wall when the first device arrives. */
import { Button, Loader } from '@mantine/core'
import { IconDeviceCctv, IconPlayerPlay } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useDemo } from '../part/demo.ts'
import { Empty } from '../part/empty.tsx'
import { LinkButton } from '../part/link-button.tsx'
import { Problem } from '../part/problem.tsx'
import css from './welcome.module.css'

export function WelcomePage() {
  const { t } = useTranslation()
  const demo = useDemo()
  if (!demo.mayConfigure)
    return <Empty icon={<IconDeviceCctv />} title={t('devices.noneYet')} text={t('welcome.noRight')} />
  return (
    <div className={css['welcome']}>
      <h1>{t('welcome.title')}</h1>
      <p className={css['lead']}>{t('welcome.lead')}</p>
      <div className={css['ways']}>
        <section className={css['way']}>
          <span className={css['icon']}>
            <IconDeviceCctv size={30} stroke={1.6} aria-hidden="true" />
          </span>
          <h2>{t('welcome.addTitle')}</h2>
          <p>{t('welcome.addText')}</p>
          <LinkButton to="/devices/add" size="md">
            {t('welcome.addButton')}
          </LinkButton>
        </section>
        {demo.isOffered && (
          <section className={css['way']}>
            <span className={css['icon']}>
              <IconPlayerPlay size={30} stroke={1.6} aria-hidden="true" />
            </span>
            <h2>{t('welcome.demoTitle')}</h2>
            <p>{t('welcome.demoText')}</p>
            <Button size="md" variant="default" loading={demo.isStarting} onClick={demo.start}>
              {t('welcome.demoButton')}
            </Button>
          </section>
        )}
      </div>
      <div className={css['news']} role="status">
        {demo.isStarting && (
          <>
            <Loader size="xs" /> {t('welcome.demoStarting')}
          </>
        )}
        {demo.demo?.state === 'failed' && `${t('welcome.demoFailed')}: ${demo.demo.text ?? ''}`}
      </div>
      {demo.error && <Problem error={demo.error} title={t('welcome.demoFailed')} />}
    </div>
  )
}
