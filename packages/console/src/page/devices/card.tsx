// SPDX-License-Identifier: Apache-2.0
/** A device as a card, where there is no room for columns. */
import type { Device } from '@openhmp/contract'
import type { ReactNode } from 'react'
import { problemText } from '../../text/problem.ts'
import { HealthMark, type Kit, NameLink, StateMark } from './cell.tsx'
import css from './devices.module.css'
import { Thumb } from './thumb.tsx'

export function DeviceCard({ device, kit, box }: { device: Device; kit: Kit; box: ReactNode }) {
  const { cause } = device.state
  const facts = [device.site, device.model, device.address].filter(Boolean).join(' · ')
  return (
    <div className={css['card']}>
      {box}
      <Thumb device={device} />
      <div className={css['cardWords']}>
        <NameLink device={device} />
        <span className={css['cardState']}>
          <StateMark device={device} kit={kit} />
          {device.health && device.health.issues.length > 0 && <HealthMark health={device.health} kit={kit} />}
        </span>
        <span className={css['cardFacts']}>{cause ? problemText(kit.language, cause.code, cause.text) : facts}</span>
      </div>
    </div>
  )
}
