// SPDX-License-Identifier: Apache-2.0
/** A device as a card, where there is no room for columns. */
import type { Device } from '@openhmp/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { StateBadge } from '../../part/state-badge.tsx'
import { problemText } from '../../text/problem.ts'
import { HealthBadge } from './cell.tsx'
import css from './devices.module.css'
import { Thumb } from './thumb.tsx'

export function DeviceCard({ device, box }: { device: Device; box: ReactNode }) {
  const { i18n } = useTranslation()
  const { state, cause } = device.state
  const facts = [device.site, device.model, device.address].filter(Boolean).join(' · ')
  return (
    <div className={css['card']}>
      {box}
      <Thumb device={device} />
      <div className={css['cardWords']}>
        <Link to="/devices/$id" params={{ id: device.id }} className={css['name']} tabIndex={-1} preload={false}>
          {device.name}
        </Link>
        <span className={css['cardState']}>
          <StateBadge state={state} />
          {device.health && device.health.issues.length > 0 && <HealthBadge health={device.health} />}
        </span>
        <span className={css['cardFacts']}>{cause ? problemText(i18n.language, cause.code, cause.text) : facts}</span>
      </div>
    </div>
  )
}
