// SPDX-License-Identifier: Apache-2.0
/** Documents of a channel that cameras have by their own path, and recorders for the cameras behind them by another. */
import { IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import type { Route } from './route.ts'
import { type SettingRoute, setting } from './setting-route.ts'

const places = {
  camera: (name: string) => `/System/Video/inputs/channels/#/${name}`,
  recorder: (name: string) => `/ContentMgmt/InputProxy/channels/#/video/${name}`,
}

/** The path that this kind of device has. */
export const channelPath = (core: DeviceCore, name: string): string => places[core.profile.kind](name)

/** Both paths; each kind of device answers one of them. */
export const channelSetting = (name: string, more: Omit<SettingRoute, 'path'>): Route[] =>
  (['camera', 'recorder'] as const).flatMap((kind) =>
    setting({
      ...more,
      path: places[kind](name),
      build: (request, leaf) => {
        const { core, ids } = request
        const isThere = core.profile.kind === kind && core.channels.some(({ channel }) => channel === ids[0])
        if (!isThere) throw new IsapiRefusal('notSupport')
        return more.build(request, leaf)
      },
    }),
  )
