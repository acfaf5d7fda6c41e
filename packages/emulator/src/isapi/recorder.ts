// SPDX-License-Identifier: Apache-2.0
/** What only recorders answer: the cameras behind them. */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import type { Channel, DeviceCore } from './core.ts'
import { document, get, put, type Route, type Routed } from './route.ts'

const proxied = (core: DeviceCore, id?: number): Channel => {
  const found = core.channels.find((one) => one.channel === id)
  if (core.profile.kind !== 'recorder' || (id !== undefined && !found)) throw new IsapiRefusal('notSupport')
  return found ?? core.channels[0]!
}

const descriptor = ({ source, channel }: Channel): XmlElement =>
  element('sourceInputPortDescriptor', [
    element('proxyProtocol', 'HIKVISION'),
    element('addressingFormatType', 'ipaddress'),
    element('ipAddress', source?.ipAddress ?? ''),
    element('managePortNo', 8000),
    element('srcInputPort', 1),
    element('userName', 'admin'),
    element('streamType', 'auto'),
    element('model', source?.model ?? 'IPC'),
    ...(channel % 4 === 0 ? [] : [element('serialNumber', source?.serialNumber ?? '')]), // some recorders do not know all
    element('deviceID', ''),
  ])

const channelOf = (core: DeviceCore, channel: Channel): XmlElement =>
  document(core, 'InputProxyChannel', [
    element('id', channel.channel),
    element('name', core.channelName(channel.channel)),
    descriptor(channel),
    element('enableAnr', false),
    element('enableTiming', true),
  ])

const isOnline = (core: DeviceCore, { channel, source }: Channel): boolean =>
  (source?.isOnline ?? true) && core.faults.lostCamera !== channel

const statusOf = (core: DeviceCore, channel: Channel): XmlElement =>
  document(core, 'InputProxyChannelStatus', [
    element('id', channel.channel),
    descriptor(channel),
    element('online', isOnline(core, channel)),
    element(
      'streamingProxyChannelIdList',
      [1, 2].map((n) => element('streamingProxyChannelId', channel.channel * 100 + n)),
    ),
    element('chanDetectResult', isOnline(core, channel) ? 'connect' : 'networkAbnormal'),
  ])

const list =
  (name: string, one: (core: DeviceCore, channel: Channel) => XmlElement) =>
  (request: Routed): XmlElement => {
    const { core } = request
    proxied(core)
    const channels = core.channels.map((channel) =>
      core.settings.apply(`/ContentMgmt/InputProxy/channels/${channel.channel}`, one(core, channel)),
    )
    return document(core, name, channels, { size: String(channels.length) })
  }

const readOnly = ['model', 'serialNumber', 'deviceID', 'srcInputPort']

/** Paths of this part of the tree. */
export const recorderRoutes: readonly Route[] = [
  get('/ContentMgmt/InputProxy/channels', list('InputProxyChannelList', channelOf)),
  get('/ContentMgmt/InputProxy/channels/status', list('InputProxyChannelStatusList', statusOf)),
  ...put('/ContentMgmt/InputProxy/channels/#', ({ core, ids }) => channelOf(core, proxied(core, ids[0])), readOnly),
  get('/ContentMgmt/InputProxy/channels/#/status', ({ core, ids }) => statusOf(core, proxied(core, ids[0]))),
]
