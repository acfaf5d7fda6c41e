// SPDX-License-Identifier: Apache-2.0
/** What a device sends: a row a stream, by channel. */
import type { Device } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { codecName } from '../../part/codec-name.ts'
import page from '../../part/page.module.css'
import { useFormat } from '../../part/time.tsx'
import css from './device.module.css'

export function Streams({ device }: { device: Device }) {
  const { t } = useTranslation()
  const format = useFormat()
  const rows = device.channels.flatMap((channel) => channel.streams.map((stream) => ({ channel, stream })))
  return (
    <section className={page['card']}>
      <div className={page['cardHead']}>
        <h2>{t('device.streams')}</h2>
      </div>
      {rows.length === 0 ? (
        <p className={css['none']}>{t('device.noStreams')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <section className={page['scroll']} tabIndex={0} aria-label={t('device.streams')}>
          <table className={page['table']}>
            <thead>
              <tr>
                <th>{t('device.channel')}</th>
                <th>{t('device.profile')}</th>
                <th>{t('device.codec')}</th>
                <th>{t('device.size')}</th>
                <th>{t('device.rate')}</th>
                <th>{t('device.bitrate')}</th>
                <th>{t('device.sound')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ channel, stream }) => (
                <tr key={`${channel.id}/${stream.id}`}>
                  <td>{channel.name || channel.id}</td>
                  <td>{t(`device.profile_${stream.profile}`)}</td>
                  <td>{codecName(stream.codec)}</td>
                  <td className="number">{stream.width === null ? '—' : `${stream.width} × ${stream.height}`}</td>
                  <td className="number">
                    {stream.frameRate === null ? '—' : t('device.fps', { rate: stream.frameRate })}
                  </td>
                  <td className="number">
                    {stream.bitrateKbps === null ? '—' : t('device.kbps', { rate: format.number(stream.bitrateKbps) })}
                  </td>
                  <td>{codecName(stream.audioCodec)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}
