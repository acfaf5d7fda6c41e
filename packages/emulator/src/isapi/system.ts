// SPDX-License-Identifier: Apache-2.0
/** Device information, capabilities, time, status, reboot. */
import { element, textAt } from '@openhmp/protocol/xml'
import { MAX_USERS } from '../device/account.ts'
import { IsapiRefusal } from './answer.ts'
import { type DeviceCore, deviceTime, zoneMinutes } from './core.ts'
import { document, get, put, type Route, type Routed } from './route.ts'

const DEFAULT_ZONE = 'CST-8:00:00'

/** The zone in force. */
export const zoneOf = (core: DeviceCore): string => core.settings.get('/System/time', '/timeZone') ?? DEFAULT_ZONE

function deviceInfo({ core }: Routed) {
  const { identity, profile } = core
  const isRecorder = profile.kind === 'recorder'
  const [, year = '26'] = /build (\d\d)/.exec(profile.firmwareReleasedDate) ?? []
  return document(core, 'DeviceInfo', [
    element('deviceName', identity.name),
    element('deviceID', deviceId(identity.macAddress)),
    ...(isRecorder
      ? []
      : [
          element('deviceDescription', profile.deviceType),
          element('deviceLocation', 'hangzhou'),
          element('systemContact', 'Hikvision.China'),
        ]),
    element('model', identity.model),
    element('serialNumber', identity.serialNumber),
    element('macAddress', identity.macAddress),
    element('firmwareVersion', core.flash.firmware.version),
    element('firmwareReleasedDate', core.flash.firmware.releasedDate),
    element('encoderVersion', isRecorder ? 'V5.0' : 'V7.3'),
    element('encoderReleasedDate', `build ${year}0516`),
    ...(isRecorder ? [] : [element('bootVersion', 'V1.3.4'), element('bootReleasedDate', '100316')]),
    element('hardwareVersion', '0x0'),
    ...(isRecorder ? [element('decordChannelNums', 4), element('VGANums', 1), element('USBNums', 3)] : []),
    element('deviceType', profile.deviceType),
    element('telecontrolID', isRecorder ? 255 : 88),
    element('supportBeep', isRecorder),
    element('supportVideoLoss', isRecorder),
    ...(profile.firmwareVersion < 'V5.6' && !isRecorder ? [] : [element('manufacturer', 'hikvision')]),
  ])
}

/** The same for ever: made of the hardware address. */
const deviceId = (mac: string): string => {
  const digits = mac.replaceAll(':', '')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-1000-8000-${digits}`
}

const readOnlyInfo = ['model', 'serialNumber', 'macAddress', 'deviceID', 'deviceType', 'hardwareVersion', 'manufacturer', 'firmwareVersion', 'firmwareReleasedDate', 'encoderVersion', 'encoderReleasedDate', 'bootVersion', 'bootReleasedDate', 'decordChannelNums', 'VGANums', 'USBNums', 'supportBeep', 'supportVideoLoss', 'deviceDescription'] // biome-ignore format: a plain list

function capabilities({ core }: Routed) {
  const { profile, channels } = core
  const isRecorder = profile.kind === 'recorder'
  const yes = (name: string, value = true) => element(name, value)
  return document(core, 'DeviceCap', [
    element('SysCap', [
      yes('isSupportDst'),
      element('NetworkCap', [
        yes('isSupportWireless', false),
        yes('isSupportHttps'),
        yes('isSupportEhome'),
        yes('isSupportWebSocket', false),
      ]),
      element('IOCap', [element('IOInputPortNums', profile.inputs), element('IOOutputPortNums', profile.outputs)]),
      element('VideoCap', [
        element('videoInputPortNums', isRecorder ? 0 : 1),
        element('videoOutputPortNums', isRecorder ? 1 : 0),
      ]),
      element('AudioCap', [element('audioInputNums', isRecorder ? 0 : 1), element('audioOutputNums', 1)]),
      yes('isSupportSubscribeEvent', profile.media.hasSubscription && core.faults.eventWay !== 'inputs'),
      element('voicetalkNums', 0),
      yes('isSupportSnapshot'),
    ]),
    element('SecurityCap', [
      element('supportUserNums', MAX_USERS),
      yes('isSupportUserCheck', profile.firmwareVersion >= 'V5.3' || isRecorder),
      yes('issupIllegalLoginLock'),
      element('maxIllegalLoginTimes', profile.maxBadLogins),
      ...(profile.firmwareVersion >= 'V5.6'
        ? [
            element('WebCertificateCap', [
              element('CertificateType', profile.hasBasic ? 'digest/basic' : 'digest', { opt: 'digest,digest/basic' }),
            ]),
          ]
        : []),
    ]),
    element('EventCap', [
      yes('isSupportHDFull'),
      yes('isSupportHDError'),
      yes('isSupportNicBroken'),
      yes('isSupportIpConflict'),
      yes('isSupportIllAccess'),
      yes('isSupportViException', isRecorder),
      yes('isSupportMotionDetection'),
      yes('isSupportVideoLoss', isRecorder),
      yes('isSupportTamperDetection'),
    ]),
    element('RacmCap', [
      ...(isRecorder ? [element('inputProxyNums', Math.max(channels.length, 4))] : []),
      element('nasNums', isRecorder ? 8 : 0),
    ]),
    ...(profile.isPtz ? [element('PTZCtrlCap', [yes('isSupportPatrols', false)])] : []),
  ])
}

function status({ core }: Routed) {
  const { profile } = core
  return document(core, 'DeviceStatus', [
    element('currentDeviceTime', deviceTime(core.deviceNow(), zoneOf(core))),
    element('deviceUpTime', core.upSeconds()),
    element('CPUList', [element('CPU', [element('cpuDescription', ''), element('cpuUtilization', 23)])]),
    element('MemoryList', [
      element('Memory', [
        element('memoryDescription', 'DDR Memory'),
        element('memoryUsage', 117.3),
        element('memoryAvailable', 64.2),
      ]),
    ]),
    ...(profile.firmwareVersion >= 'V5.5' ? [element('totalRebootCount', core.reboots)] : []),
  ])
}

function time({ core }: Routed) {
  return document(core, 'Time', [
    element('timeMode', core.settings.get('/System/time', '/timeMode') ?? 'NTP', { opt: 'NTP,manual' }),
    element('localTime', deviceTime(core.deviceNow(), zoneOf(core))),
    element('timeZone', zoneOf(core)),
  ])
}

const setTime: Route['handle'] = ({ core, body }) => {
  const mode = textAt(body, 'timeMode')
  const zone = textAt(body, 'timeZone')
  const local = textAt(body, 'localTime')
  if (!body || (mode !== 'NTP' && mode !== 'manual')) throw new IsapiRefusal('badParameters')
  if (mode === 'manual' && local === undefined) throw new IsapiRefusal('messageParametersLack')
  if (zone !== undefined && !/^[A-Za-z]{1,8}[+-]?\d{1,2}(:\d{2}){0,2}(DST[\w:,./]*)?$/.test(zone))
    throw new IsapiRefusal('badParameters')
  if (local !== undefined && mode === 'manual') {
    const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d{1,2}:\d\d)?$/.exec(local)
    const wall = Date.parse(`${local.slice(0, 19)}Z`)
    if (!written || Number.isNaN(wall)) throw new IsapiRefusal('badParameters')
    const offset = written[1] === undefined ? zoneMinutes(zone ?? zoneOf(core)) : offsetMinutes(written[1])
    core.setDeviceTime(wall - offset * 60_000)
  } else if (mode === 'NTP') core.setDeviceTime(core.clock.now())
  core.settings.set('/System/time', '/timeMode', mode)
  if (zone !== undefined) core.settings.set('/System/time', '/timeZone', zone)
  return { status: 'ok' }
}

const offsetMinutes = (text: string): number => {
  if (text === 'Z') return 0
  const [hours = '0', minutes = '0'] = text.slice(1).split(':')
  return (text[0] === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

const NTP = '/System/time/ntpServers'
const NTP_FORM = '/NTPServer/addressingFormatType'

/** A server by its name or by its address: the document has the element of the one or of the other. */
const ntpServers = (core: DeviceCore, form = core.settings.get(NTP, NTP_FORM) ?? 'hostname') =>
  document(core, 'NTPServerList', [
    element('NTPServer', [
      element('id', 1),
      element('addressingFormatType', form, { opt: 'hostname,ipaddress' }),
      form === 'ipaddress' ? element('ipAddress', '0.0.0.0') : element('hostName', 'pool.ntp.org'),
      element('portNo', 123),
      element('synchronizeInterval', 60),
    ]),
  ])

const setNtpServers: Route['handle'] = ({ core, body }) => {
  if (!body) throw new IsapiRefusal('badXmlFormat')
  const form = textAt(body, NTP_FORM.slice(1)) ?? 'hostname'
  if (form !== 'hostname' && form !== 'ipaddress') throw new IsapiRefusal('badParameters')
  core.settings.merge(NTP, core.settings.apply(NTP, ntpServers(core, form)), body, ['id'])
  core.settings.set(NTP, NTP_FORM, form)
  return { status: 'ok' }
}

/** Paths of this part of the tree. */
export const systemRoutes: readonly Route[] = [
  ...put('/System/deviceInfo', deviceInfo, readOnlyInfo),
  get('/System/capabilities', capabilities),
  get('/System/status', status),
  get('/System/time', time),
  { method: 'PUT', path: '/System/time', needs: 'Operator', handle: setTime },
  get('/System/time/capabilities', time),
  get('/System/time/localTime', ({ core }) => ({ plain: deviceTime(core.deviceNow(), zoneOf(core)) })),
  get('/System/time/timeZone', ({ core }) => ({ plain: zoneOf(core) })),
  get(NTP, ({ core }) => ntpServers(core)),
  { method: 'PUT', path: NTP, needs: 'Operator', handle: setNtpServers },
  {
    method: 'PUT',
    path: '/System/reboot',
    needs: 'Operator',
    handle: ({ core }) => {
      core.reboot()
      return { status: 'ok' }
    },
  },
]
