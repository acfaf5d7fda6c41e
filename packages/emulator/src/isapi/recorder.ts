// SPDX-License-Identifier: Apache-2.0
/** What only recorders answer: the cameras behind them. */
import { element, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import type { Channel, DeviceCore } from './core.ts'
import { document, get, type Route, type Routed } from './route.ts'

const proxied = (core: DeviceCore, id?: number): Channel => {
  const found = core.channels.find((one) => one.channel === id)
  if (core.profile.kind !== 'recorder' || (id !== undefined && !found)) throw new IsapiRefusal('notSupport')
  return found ?? core.channels[0]!
}

/** At the cameras. */
const USER = 'admin'
const SOURCE = 'sourceInputPortDescriptor'
const pathOf = ({ channel }: Channel): string => `/ContentMgmt/InputProxy/channels/${channel}`
const told = (core: DeviceCore, channel: Channel, name: string): string | undefined =>
  core.settings.get(pathOf(channel), `/${SOURCE}/${name}`)

/** A camera by its name or by its address: the document has the element of the one or of the other. */
const descriptor = (core: DeviceCore, channel: Channel, form?: string): XmlElement =>
  descriptorOf(channel, form ?? told(core, channel, 'addressingFormatType') ?? 'ipaddress')

const descriptorOf = ({ source, channel }: Channel, form: string): XmlElement =>
  element(SOURCE, [
    element('proxyProtocol', 'HIKVISION', { opt: 'HIKVISION,ONVIF,RTSP' }),
    element('addressingFormatType', form, { opt: 'ipaddress,hostname' }),
    form === 'hostname' ? element('hostName', '') : element('ipAddress', source?.ipAddress ?? ''),
    element('managePortNo', 8000, { min: '1', max: '65535' }),
    element('srcInputPort', 1),
    element('userName', USER),
    element('streamType', 'auto'),
    element('model', source?.model ?? 'IPC'),
    ...(channel % 4 === 0 ? [] : [element('serialNumber', source?.serialNumber ?? '')]), // some recorders do not know all
    element('deviceID', ''),
  ])

const channelOf = (core: DeviceCore, channel: Channel, form?: string): XmlElement =>
  document(core, 'InputProxyChannel', [
    element('id', channel.channel),
    element('name', core.channelName(channel.channel)),
    descriptor(core, channel, form),
    element('enableAnr', false),
    element('enableTiming', true),
  ])

/** Why the camera is not reached: another address than its own, or another user than it has. */
const resultOf = (core: DeviceCore, channel: Channel): string => {
  const { source } = channel
  const address = told(core, channel, 'ipAddress') ?? source?.ipAddress
  const isAway = source?.isOnline === false || core.faults.lostCamera === channel.channel
  const isNamed = told(core, channel, 'addressingFormatType') === 'hostname'
  if (isAway || isNamed || address !== source?.ipAddress) return 'networkAbnormal'
  return (told(core, channel, 'userName') ?? USER) === USER ? 'connect' : 'userOrPasswordError'
}

const statusOf = (core: DeviceCore, channel: Channel): XmlElement =>
  document(core, 'InputProxyChannelStatus', [
    element('id', channel.channel),
    descriptor(core, channel),
    element('online', resultOf(core, channel) === 'connect'),
    element(
      'streamingProxyChannelIdList',
      [1, 2].map((n) => element('streamingProxyChannelId', channel.channel * 100 + n)),
    ),
    element('chanDetectResult', resultOf(core, channel)),
  ])

const list =
  (name: string, one: (core: DeviceCore, channel: Channel) => XmlElement) =>
  (request: Routed): XmlElement => {
    const { core } = request
    proxied(core)
    const channels = core.channels.map((channel) => core.settings.apply(pathOf(channel), one(core, channel)))
    return document(core, name, channels, { size: String(channels.length) })
  }

const readOnly = ['model', 'serialNumber', 'deviceID', 'srcInputPort']

const setChannel: Route['handle'] = ({ core, ids, body }) => {
  if (!body) throw new IsapiRefusal('badXmlFormat')
  const channel = proxied(core, ids[0])
  const form = textAt(body, `${SOURCE}/addressingFormatType`) ?? 'ipaddress'
  if (form !== 'hostname' && form !== 'ipaddress') throw new IsapiRefusal('badParameters')
  const path = pathOf(channel)
  core.settings.merge(path, core.settings.apply(path, channelOf(core, channel, form)), body, ['id', ...readOnly])
  core.settings.set(path, `/${SOURCE}/addressingFormatType`, form)
  return { status: 'ok' }
}

/** Paths of this part of the tree. */
export const recorderRoutes: readonly Route[] = [
  get('/ContentMgmt/InputProxy/channels', list('InputProxyChannelList', channelOf)),
  get('/ContentMgmt/InputProxy/channels/status', list('InputProxyChannelStatusList', statusOf)),
  get('/ContentMgmt/InputProxy/channels/#', ({ core, ids }) => channelOf(core, proxied(core, ids[0]))),
  { method: 'PUT', path: '/ContentMgmt/InputProxy/channels/#', needs: 'Operator', handle: setChannel },
  get('/ContentMgmt/InputProxy/channels/#/status', ({ core, ids }) => statusOf(core, proxied(core, ids[0]))),
]
