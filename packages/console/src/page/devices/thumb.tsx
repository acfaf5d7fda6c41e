// SPDX-License-Identifier: Apache-2.0
/** A small picture of now in a row. Each one is asked of a camera, so a row that rushes by asks for none. */
import { type Device, GetSnapshot } from '@openhmp/contract'
import { IconDeviceCctv } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { address } from '../../api/call.ts'
import css from './devices.module.css'

/** A row that has stood for so long is being looked at. */
const STILL_MS = 400

export function Thumb({ device }: { device: Device }) {
  const { state } = device.state
  const isThere = state === 'online' || state === 'degraded'
  const channel = device.channels[0]?.id
  const source = isThere && channel !== undefined ? address(GetSnapshot, { id: device.id, channel }) : undefined
  const [shown, setShown] = useState<string>()
  useEffect(() => {
    const timer = setTimeout(() => setShown(source), STILL_MS)
    return () => clearTimeout(timer)
  }, [source])
  return (
    <div className={css['thumb']} aria-hidden="true">
      {shown && shown === source ? (
        <img src={shown} alt="" onError={() => setShown(undefined)} />
      ) : (
        <IconDeviceCctv size={20} stroke={1.6} />
      )}
    </div>
  )
}
