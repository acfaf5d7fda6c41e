// SPDX-License-Identifier: Apache-2.0
/**
 * How the firmware of real devices differs, as a table: what a client must get along with. One row a family; each value
 * was seen on such a device.
 */
import type { HashName } from '@openhmp/protocol/digest'
import { type MediaTraits, oldTraits, recorderTraits, sixLevels, traits } from './media-traits.ts'
import type { SettingRule } from './setting-rule.ts'

/** The salted hash of a web session's login. */
export interface SessionScheme {
  readonly version: '1' | '2' | '2.1'
  readonly isIrreversible: boolean
  readonly iterations: number
}

/** One kind of device. */
export interface Profile {
  readonly kind: 'camera' | 'recorder'
  readonly model: string
  readonly deviceType: string
  readonly firmwareVersion: string
  readonly firmwareReleasedDate: string
  /** `Server` header. */
  readonly server: string
  /** Namespace of most documents, and of alerts. */
  readonly namespace: string
  readonly alertNamespace: string
  readonly alertVersion: '1.0' | '2.0'
  /** Cameras end lines with CRLF, recorders with LF. */
  readonly lineEnd: '\r\n' | '\n'
  /** Requests a connection may carry, counted down in `Keep-Alive`; 0 closes after each answer. */
  readonly keepAlive: number
  /** Challenges over HTTP, in this order. */
  readonly algorithms: readonly HashName[]
  readonly hasQop: boolean
  readonly hasBasic: boolean
  /** False: no digest over HTTP; a login of the web page alone opens it. */
  readonly hasHttpDigest: boolean
  /** How the password is told for a web session; undefined: there is no such login. */
  readonly sessionLogin: SessionScheme | undefined
  /** A backup wants a key to be sealed with. */
  readonly wantsBackupKey: boolean
  /** Bad logins until the account is locked, and for how long. */
  readonly maxBadLogins: number
  readonly lockMs: number
  /** Comes without a password and has to be activated first; older ones come with `12345`. */
  readonly hasActivation: boolean
  /** A change of accounts must bring the password of who asks, `loginPassword`; a wrong one counts as a wrong login. */
  readonly wantsLoginPassword: boolean
  /** Makes a key and a request for a certificate of HTTPS, and takes the certificate. */
  readonly hasCertificateRequest: boolean
  /** How firmware is taken: its method, whether its progress can be asked for, whether the device reboots by itself. */
  readonly upgrade: { readonly method: 'PUT' | 'POST'; readonly hasStatus: boolean; readonly isRebooting: boolean }
  /** What it takes at a time: HTTP connections (more are closed), alert streams (503), RTSP sessions (453), web sessions. */
  readonly limits: Readonly<Record<'httpConnections' | 'alertStreams' | 'rtspSessions' | 'webSessions', number>>
  /** The tree also answers without `/ISAPI`, as old clients want it. */
  readonly hasBareTree: boolean
  /** Stream numbers that exist in each channel; 1 main, 2 sub play, others only answer. */
  readonly streams: readonly number[]
  /** Answer to a stream that does not exist. */
  readonly unknownStream: 400 | 403 | 500
  /** Event/triggers: the root as new or old devices write it, or an error (V5.4.7). */
  readonly triggers: 'list' | 'nested' | 'error'
  /** A picture asked with a size is refused. */
  readonly refusesSizedPicture: boolean
  /** Pictures come from `ContentMgmt/StreamingProxy` alone; the usual path answers with an error in a 200. */
  readonly hasProxyPictures: boolean
  /** Idle line: `videoloss inactive` this often; 0 never. */
  readonly heartbeatMs: number
  /** Active repeats this often while it lasts. */
  readonly repeatMs: number
  /** The end of an event is told this long after; undefined: never told. */
  readonly inactiveAfterMs: number | undefined
  /** What `activePostCount` counts. */
  readonly counter: 'device' | 'type' | 'channel-type'
  /** Channel elements in an alert. */
  readonly channelAs: 'channelID' | 'dynChannelID' | 'both'
  /** Added to the channel in alerts: recorders count network channels from 33. */
  readonly channelOffset: 0 | 32
  /** `protocol` or `protocolType`. */
  readonly protocolWord: 'protocol' | 'protocolType'
  /** Boundary as the header names it, and as it is on the wire. */
  readonly boundaryHeader: string
  readonly hasPartLength: boolean
  readonly isPtz: boolean
  readonly inputs: number
  readonly outputs: number
  /** What it does with some values that are written. */
  readonly rules: readonly SettingRule[]
  /** What its event and media settings refuse, round and ignore. */
  readonly media: MediaTraits
}

const ver20 = 'http://www.hikvision.com/ver20/XMLSchema'
const isapi = 'http://www.isapi.org/ver20/XMLSchema'
const MINUTE_MS = 60_000
const PORT = '/Security/adminAccesses/AdminAccessProtocol/portNo'

const camera: Profile = {
  kind: 'camera',
  model: 'DS-2CD2146G2-ISU',
  deviceType: 'IPCamera',
  firmwareVersion: 'V5.7.17',
  firmwareReleasedDate: 'build 240606',
  server: 'webserver',
  namespace: ver20,
  alertNamespace: ver20,
  alertVersion: '2.0',
  lineEnd: '\r\n',
  keepAlive: 99,
  algorithms: ['MD5', 'SHA-256'],
  hasQop: true,
  hasBasic: false,
  hasHttpDigest: true,
  sessionLogin: { version: '2', isIrreversible: true, iterations: 100 },
  wantsBackupKey: false,
  maxBadLogins: 7,
  lockMs: 30 * MINUTE_MS,
  limits: { httpConnections: 128, alertStreams: 16, rtspSessions: 64, webSessions: 16 },
  hasActivation: true,
  wantsLoginPassword: true,
  hasCertificateRequest: true,
  upgrade: { method: 'PUT', hasStatus: true, isRebooting: true },
  hasBareTree: false,
  streams: [1, 2, 3, 4],
  unknownStream: 403,
  triggers: 'list',
  refusesSizedPicture: false,
  hasProxyPictures: false,
  heartbeatMs: 10_000,
  repeatMs: 1000,
  inactiveAfterMs: 1000,
  counter: 'device',
  channelAs: 'channelID',
  channelOffset: 0,
  protocolWord: 'protocol',
  boundaryHeader: 'boundary',
  hasPartLength: true,
  isPtz: false,
  inputs: 1,
  outputs: 1,
  rules: [],
  media: traits,
}

/** All profiles, by the name that `--profile` takes. */
export const profiles = {
  'ipc-5.7': camera,
  'ipc-5.5': {
    ...camera,
    model: 'DS-2CD2185FWD-I',
    firmwareVersion: 'V5.5.0',
    firmwareReleasedDate: 'build 170725',
    server: 'App-webs/',
    algorithms: ['MD5'],
    sessionLogin: { version: '1', isIrreversible: false, iterations: 100 },
    maxBadLogins: 5,
    wantsLoginPassword: false,
    limits: { httpConnections: 64, alertStreams: 8, rtspSessions: 20, webSessions: 8 },
    upgrade: { method: 'PUT', hasStatus: true, isRebooting: false },
    triggers: 'error',
    refusesSizedPicture: true,
    inputs: 0,
    outputs: 0,
    // Bitrates in steps, with a yes to any.
    rules: [
      { at: '/Streaming/channels/#/Video/constantBitRate', does: { step: 64 } },
      { at: '/Streaming/channels/#/Video/vbrUpperCap', does: { step: 64 } },
      { at: PORT, does: 'refused' },
    ],
    media: { ...traits, unlinked: ['linedetection', 'fielddetection'], linkForms: ['notifications'], talkChannels: 0 },
  },
  'ipc-5.2': {
    ...camera,
    model: 'DS-2CD2532F-IWS',
    firmwareVersion: 'V5.2.0',
    firmwareReleasedDate: 'build 140721',
    server: 'App-webs/',
    keepAlive: 0,
    algorithms: ['MD5'],
    hasQop: false,
    hasBasic: true,
    sessionLogin: undefined,
    limits: { httpConnections: 32, alertStreams: 4, rtspSessions: 10, webSessions: 4 },
    hasActivation: false,
    wantsLoginPassword: false,
    hasCertificateRequest: false,
    upgrade: { method: 'POST', hasStatus: false, isRebooting: true },
    hasBareTree: true,
    streams: [1, 2],
    unknownStream: 500,
    triggers: 'nested',
    boundaryHeader: '<boundary>',
    hasPartLength: false,
    protocolWord: 'protocolType',
    rules: [
      ...sixLevels,
      { at: '/System/Video/inputs/channels/#/overlays/TextOverlayList/TextOverlay/displayText', does: { letters: 22 } },
      { at: '/Streaming/channels/#/Video/GovLength', does: 'ignored' },
      { at: '/Streaming/channels/#/Video/smoothing', does: 'refused' },
      { at: '/System/Video/inputs/channels/#/name', does: { letters: 32 } },
      { at: PORT, does: 'ignored' },
    ],
    media: oldTraits,
  },
  ptz: {
    ...camera,
    model: 'DS-2DE4425IW-DE',
    deviceType: 'IPDome',
    firmwareVersion: 'V5.6.12',
    firmwareReleasedDate: 'build 200909',
    inactiveAfterMs: undefined,
    counter: 'type',
    isPtz: true,
    rules: [{ at: '/Streaming/channels/#/Video/GovLength', does: { least: 1, most: 250 } }],
    media: { ...traits, linkForms: ['trigger'] },
  },
  'nvr-4': {
    ...camera,
    kind: 'recorder',
    model: 'DS-7616NI-K2',
    deviceType: 'NVR',
    firmwareVersion: 'V4.31.110',
    firmwareReleasedDate: 'build 210910',
    server: 'DNVRS-Webs',
    namespace: isapi,
    alertNamespace: isapi,
    alertVersion: '1.0',
    lineEnd: '\n',
    algorithms: ['MD5'],
    sessionLogin: { version: '2.1', isIrreversible: true, iterations: 100 },
    streams: [1, 2, 4],
    unknownStream: 403,
    hasProxyPictures: true,
    heartbeatMs: 0,
    inactiveAfterMs: undefined,
    counter: 'channel-type',
    channelAs: 'dynChannelID',
    channelOffset: 32,
    boundaryHeader: 'MIME_boundary',
    inputs: 4,
    outputs: 1,
    rules: sixLevels,
    media: recorderTraits,
  },
  // As its owner set it up for the web page's login alone.
  'ipc-5.8': {
    ...camera,
    model: 'DS-2CD2387G2H-LIU',
    firmwareVersion: 'V5.8.10',
    firmwareReleasedDate: 'build 250310',
    hasHttpDigest: false,
    wantsBackupKey: true,
    limits: { ...camera.limits, webSessions: 32 },
  },
} as const satisfies Record<string, Profile>

/** Name of a profile. */
export type ProfileName = keyof typeof profiles
