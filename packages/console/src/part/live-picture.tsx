// SPDX-License-Identifier: Apache-2.0
/**
 * A camera's live picture. The picture itself lives outside React (live/live-view.ts); only its status comes in here. When
 * it does not move, the last picture stays, dimmed, and the cause is named.
 */
import { IconAlertTriangle, IconLockFilled, IconPlugConnectedX, IconRefresh, IconVideoOff } from '@tabler/icons-react'
import { type Ref, useEffect, useImperativeHandle, useRef, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { liveEngine } from '../live/live-engine.ts'
import type { LiveView } from '../live/live-view.ts'
import { firstStatus, type Profile, type ViewStatus } from '../live/status.ts'
import { problemText } from '../text/problem.ts'
import { type Camera, hasSub } from './cameras.ts'
import { codecName } from './codec-name.ts'
import css from './live-picture.module.css'
import { useFormat, useNow } from './time.tsx'

/** Above this many device pixels across, the main stream is worth its bits. */
const MAIN_FROM_PIXELS = 720

const idle = () => () => {}
const profileFor = (pixels: number): Profile => (pixels >= MAIN_FROM_PIXELS ? 'main' : 'sub')

interface Props {
  camera: Camera
  /** Told when the status changes, for what stands around the picture. */
  onStatus?: (status: ViewStatus) => void
  ref?: Ref<LiveView | null>
}

export function LivePicture({ camera, onStatus, ref }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const [view, setView] = useState<LiveView | null>(null)
  const device = camera.device.id
  const channel = camera.channel.id
  const isTwofold = hasSub(camera)

  useEffect(() => {
    const place = host.current
    if (!place) return
    const pixels = place.clientWidth * devicePixelRatio
    const profile = isTwofold ? profileFor(pixels) : 'main'
    const opened = liveEngine.open({ device, channel, profile, hasSub: isTwofold })
    place.append(opened.element)
    setView(opened)
    const sizes = new ResizeObserver(() => {
      if (isTwofold && place.clientWidth > 0) opened.setProfile(profileFor(place.clientWidth * devicePixelRatio))
    })
    sizes.observe(place)
    return () => {
      sizes.disconnect()
      opened.close()
      setView(null)
    }
  }, [device, channel, isTwofold])

  useImperativeHandle(ref, () => view as LiveView, [view])
  const status = useSyncExternalStore(view?.watch ?? idle, view?.status ?? (() => firstStatus))
  useEffect(() => onStatus?.(status), [status, onStatus])

  return (
    <div className={css['frame']} data-phase={status.phase} data-has-picture={status.hasPicture}>
      <div ref={host} className={css['picture']} />
      {status.phase === 'connecting' && !status.hasPicture && <div className={css['shimmer']} aria-hidden="true" />}
      {status.phase !== 'live' && <Standstill camera={camera} status={status} />}
    </div>
  )
}

function Standstill({ camera, status }: { camera: Camera; status: ViewStatus }) {
  const words = useStandstill(camera, status)
  const isReachable = ['online', 'degraded'].includes(camera.device.state.state)
  if (status.phase === 'connecting' && !status.hasPicture && isReachable) return null
  return (
    <div className={css['standstill']} data-has-picture={status.hasPicture}>
      {words.icon}
      <div>
        <div className={css['title']}>{words.title}</div>
        {words.cause && <div className={css['cause']}>{words.cause}</div>}
        {status.lastPictureAt !== undefined && <LastPicture at={status.lastPictureAt} />}
      </div>
    </div>
  )
}

function LastPicture({ at }: { at: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  const now = useNow()
  return <div className={css['cause']}>{t('live.lastPicture', { ago: format.ago(now - at) })}</div>
}

/** The device's own trouble explains more than the stream's; else the stream's cause. */
const useStandstill = (camera: Camera, status: ViewStatus) => {
  const { t, i18n } = useTranslation()
  const { state, cause } = camera.device.state
  const codec = codecName(status.codec ?? null)
  if (status.phase === 'unsupported')
    return {
      icon: <IconVideoOff aria-hidden="true" />,
      title: t('live.unsupported', { codec }),
      cause: isSecureContext ? t('live.unsupportedHelp') : t('live.needSecure'),
    }
  if (state !== 'online' && state !== 'degraded') {
    const Icon = state === 'refused' ? IconLockFilled : state === 'unreachable' ? IconPlugConnectedX : IconRefresh
    return {
      icon: <Icon aria-hidden="true" />,
      title: t(`devices.state_${state}`),
      cause: cause && problemText(i18n.language, cause.code, cause.text),
    }
  }
  const said = status.text && problemText(i18n.language, status.code ?? '', status.text)
  return {
    icon: <IconAlertTriangle aria-hidden="true" />,
    title: t(`live.${status.phase}`),
    cause: said || (status.why && t(`live.${status.why}`)),
  }
}
