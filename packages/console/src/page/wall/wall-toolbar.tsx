// SPDX-License-Identifier: Apache-2.0
/** Over the wall: layout, pages, what stands beside it, full screen, and the clock. */
import { ActionIcon, SegmentedControl, Tooltip } from '@mantine/core'
import {
  IconArrowsMaximize,
  IconChevronLeft,
  IconChevronRight,
  IconGrid3x3,
  IconGrid4x4,
  IconKeyboard,
  IconLayoutGrid,
  IconLayoutSidebarLeftExpand,
  IconLayoutSidebarRightExpand,
  IconSquare,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Clock } from '../../part/time.tsx'
import css from './wall.module.css'
import { resize, type Size, sizes, type WallState } from './wall-state.ts'

const layoutIcons = { 1: IconSquare, 4: IconLayoutGrid, 9: IconGrid3x3, 16: IconGrid4x4 } as const

interface Props {
  wall: WallState
  pages: number
  onWall: (wall: WallState) => void
  onTurn: (by: 1 | -1) => void
  onFullScreen: () => void
  onHelp: () => void
}

export function WallToolbar({ wall, pages, onWall, onTurn, onFullScreen, onHelp }: Props) {
  const { t } = useTranslation()
  const button = (label: string, icon: ReactNode, onClick: () => void, isPressed?: boolean, className?: string) => (
    <Tooltip label={label}>
      <ActionIcon
        size={34}
        variant={isPressed ? 'light' : 'subtle'}
        color={isPressed ? 'signal' : 'gray'}
        aria-label={label}
        aria-pressed={isPressed}
        className={className}
        onClick={onClick}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  )
  return (
    <header className={css['toolbar']}>
      <h1 className={css['title']}>{t('wall.title')}</h1>
      {button(
        wall.hasCameras ? t('wall.hideCameras') : t('wall.showCameras'),
        <IconLayoutSidebarLeftExpand size={20} />,
        () => onWall({ ...wall, hasCameras: !wall.hasCameras }),
        wall.hasCameras,
      )}
      <SegmentedControl
        size="xs"
        aria-label={t('wall.layout')}
        value={String(wall.size)}
        onChange={(value) => onWall(resize(wall, Number(value) as Size))}
        data={sizes.map((size) => {
          const Icon = layoutIcons[size]
          return {
            value: String(size),
            label: (
              <span className={css['layout']} title={t('wall.layoutOf', { count: size })}>
                <Icon size={16} stroke={1.8} aria-hidden="true" />
                <span aria-hidden="true">{size}</span>
                <span className={css['hidden']}>{t('wall.layoutOf', { count: size })}</span>
              </span>
            ),
          }
        })}
      />
      {pages > 1 && (
        <div className={css['pages']}>
          {button(t('wall.previous'), <IconChevronLeft size={18} />, () => onTurn(-1))}
          <span className="number">{t('wall.page', { page: Math.min(wall.page, pages - 1) + 1, pages })}</span>
          {button(t('wall.next'), <IconChevronRight size={18} />, () => onTurn(1))}
        </div>
      )}
      <div className={css['space']} />
      <span className={css['bigClock']}>
        <Clock />
      </span>
      {button(t('nav.shortcuts'), <IconKeyboard size={20} />, onHelp, undefined, css['wide'])}
      {button(t('wall.fullScreen'), <IconArrowsMaximize size={18} />, onFullScreen)}
      {button(
        wall.hasEvents ? t('wall.hideEvents') : t('wall.showEvents'),
        <IconLayoutSidebarRightExpand size={20} />,
        () => onWall({ ...wall, hasEvents: !wall.hasEvents }),
        wall.hasEvents,
      )}
    </header>
  )
}
