// SPDX-License-Identifier: Apache-2.0
/** The settings of the device, read from it when they are wanted: of itself and of the channel on show. */
import { Button, Collapse, Loader } from '@mantine/core'
import { type Device, GetDeviceSettings } from '@openhmp/contract'
import { IconChevronDown } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { SettingForm } from './setting-form.tsx'
import css from './settings.module.css'

const settingsQuery = (id: Device['id'], channel: number | undefined) => ({
  queryKey: ['device-settings', id, channel] as const,
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    (await call(GetDeviceSettings, { params: { id }, query: { channel }, signal })).sections,
  // Somebody may have changed them at the device.
  staleTime: 0,
  gcTime: 0,
})

export function SettingsCard({ device, channel }: { device: Device; channel: number | undefined }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const bodyId = useId()
  if (device.kind === 'rtsp') return null
  return (
    <section className={page['card']} aria-label={t('settings.title')}>
      <div className={page['cardHead']}>
        <h2>{t('settings.title')}</h2>
        <Button
          variant="subtle"
          size="compact-sm"
          rightSection={<IconChevronDown size={16} className={css['chevron']} data-open={isOpen} />}
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={() => setOpen(!isOpen)}
        >
          {t(isOpen ? 'settings.close' : 'settings.open')}
        </Button>
      </div>
      {!isOpen && <p className={css['hint']}>{t('settings.hint')}</p>}
      <Collapse id={bodyId} expanded={isOpen}>
        {isOpen && (
          <div className={css['body']}>
            <Sections device={device} channel={undefined} />
            {channel !== undefined && <Sections device={device} channel={channel} />}
          </div>
        )}
      </Collapse>
    </section>
  )
}

function Sections({ device, channel }: { device: Device; channel: number | undefined }) {
  const { t } = useTranslation()
  const mayConfigure = useQuery(sessionQuery).data?.permissions.includes('device.configure') ?? false
  const settings = useQuery(settingsQuery(device.id, channel))
  const name = device.channels.find(({ id }) => id === channel)?.name
  return (
    <>
      {channel !== undefined && device.channels.length > 1 && (
        <h3 className={css['channel']}>{t('settings.ofChannel', { name: name || channel })}</h3>
      )}
      {settings.isPending && (
        <p className={css['reading']} role="status">
          <Loader size="xs" /> {t('settings.reading')}
        </p>
      )}
      {settings.error && <Problem error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data?.map((section) => (
        <SettingForm
          key={section.section}
          device={device}
          section={section}
          mayChange={mayConfigure}
          onChanged={() => void settings.refetch()}
        />
      ))}
    </>
  )
}
