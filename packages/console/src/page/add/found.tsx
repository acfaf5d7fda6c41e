// SPDX-License-Identifier: Apache-2.0
/** What a look at the device has found, in words: model, channels, streams. */
import type { DeviceInformation } from '@openhmp/contract'
import { IconCircleCheckFilled } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { codecName } from '../../part/codec-name.ts'
import css from './add.module.css'

export function Found({ found }: { found: DeviceInformation }) {
  const { t } = useTranslation()
  const facts = [
    [t('device.model'), found.model],
    [t('device.serialNumber'), found.serialNumber],
    [t('device.firmware'), found.firmwareVersion],
    [t('device.mac'), found.macAddress],
  ].filter(([, value]) => value !== '')
  return (
    <section className={css['found']} aria-label={t('add.found')} role="status">
      <h2>
        <IconCircleCheckFilled size={20} aria-hidden="true" />
        {found.name || found.model || t('add.found')}
      </h2>
      {facts.length > 0 && (
        <dl>
          {facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {found.channels.length === 0 && <p>{t('add.foundNothing')}</p>}
      <ul>
        {found.channels.map((channel) => (
          <li key={channel.id}>
            <strong>{channel.name || `${t('device.channel')} ${channel.id}`}</strong>
            {channel.streams.map((stream) => (
              <span key={stream.id} className={css['stream']}>
                {t(`device.profile_${stream.profile}`)}: {codecName(stream.codec)}
                {stream.width !== null && ` ${stream.width}×${stream.height}`}
                {stream.frameRate !== null && ` · ${t('device.fps', { rate: stream.frameRate })}`}
                {stream.audioCodec !== null && ` · ${codecName(stream.audioCodec)}`}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  )
}
