// SPDX-License-Identifier: Apache-2.0
/** Resources of the settings that a fleet is held to: name, time, NTP, streams. A change names only what is to change. */
import { Refusal } from '../base/errors.ts'
import { booleanAt, childrenOf, numberAt, setText, textAt } from '../xml/element.ts'
import { readDeviceInfo } from './device-info.ts'
import { HOST_ELEMENTS, writeHost } from './host.ts'
import type { Resource } from './resource.ts'
import {
  changeStreamingChannel,
  codecOfWord,
  profilePlace,
  readStreamingChannel,
  type StreamingChange,
} from './streaming-channel.ts'
import { readTime } from './system.ts'

/** The name that the device bears itself. */
export interface NameSettings {
  readonly name: string | undefined
}
export const deviceNameResource: Resource<NameSettings, Partial<NameSettings>> = {
  path: '/ISAPI/System/deviceInfo',
  read: (document) => ({ name: readDeviceInfo(document).deviceName || undefined }),
  write: (document, { name }) => {
    if (name !== undefined) setText(document, 'deviceName', name)
  },
}

/** How a device keeps its time. */
export interface TimeSettings {
  /** `NTP`, `manual`. */
  readonly mode: string | undefined
  /** POSIX, sign inverted: `CST-8:00:00` is eight hours ahead of UTC. */
  readonly timeZone: string | undefined
}
export const timeResource: Resource<TimeSettings, Partial<TimeSettings>> = {
  path: '/ISAPI/System/time',
  untold: ['localTime'],
  read: (document) => {
    const { timeMode, timeZone } = readTime(document)
    return { mode: timeMode, timeZone }
  },
  write: (document, { mode, timeZone }) => {
    if (mode !== undefined) setText(document, 'timeMode', mode)
    if (timeZone !== undefined) setText(document, 'timeZone', timeZone)
    // With NTP a device refuses a time that is told to it.
    if (textAt(document, 'timeMode')?.toUpperCase() === 'NTP')
      document.children = document.children.filter((one) => !/(^|:)localTime$/i.test(one.name))
  },
}

/** The first NTP server. */
export interface NtpSettings {
  /** A name or an address. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly intervalMinutes: number | undefined
}
export const ntpResource: Resource<NtpSettings, Partial<NtpSettings>> = {
  path: '/ISAPI/System/time/ntpServers',
  untold: HOST_ELEMENTS,
  read: (document) => {
    const server = childrenOf(document, 'NTPServer')[0]
    return {
      host: textAt(server, 'hostName') ?? textAt(server, 'ipAddress'),
      port: numberAt(server, 'portNo'),
      intervalMinutes: numberAt(server, 'synchronizeInterval'),
    }
  },
  write: (document, { host, port, intervalMinutes }) => {
    const server = childrenOf(document, 'NTPServer')[0]
    if (!server) throw new Refusal('conflict', 'setting.absent', 'the device has no place for an NTP server')
    if (host !== undefined) writeHost(server, host)
    if (port !== undefined) setText(server, 'portNo', port)
    if (intervalMinutes !== undefined) setText(server, 'synchronizeInterval', intervalMinutes)
  },
}

/** What is held of a stream. */
export interface StreamSettings {
  readonly codec: string | undefined
  readonly width: number | undefined
  readonly height: number | undefined
  readonly frameRate: number | undefined
  readonly bitrateKbps: number | undefined
  /** `CBR`, `VBR`. */
  readonly bitrateMode: string | undefined
  /** Frames from one key picture to the next. */
  readonly gop: number | undefined
  readonly profile: string | undefined
  /** Undefined: the stream has no place for sound. */
  readonly isAudioEnabled: boolean | undefined
  /** Chosen, switched on or not. */
  readonly audioCodec: string | undefined
}
export const streamResource = (id: number): Resource<StreamSettings, StreamingChange> => ({
  path: `/ISAPI/Streaming/channels/${id}`,
  read: (document) => {
    const stream = readStreamingChannel(document)
    const { codec, codecWord, width, height, frameRate, bitrateKbps } = stream ?? {}
    const audioWord = textAt(document, 'Audio/audioCompressionType')
    return {
      codec: codec ?? codecWord,
      width,
      height,
      frameRate,
      bitrateKbps,
      bitrateMode: textAt(document, 'Video/videoQualityControlType')?.toUpperCase(),
      gop: numberAt(document, 'Video/GovLength'),
      profile: textAt(document, profilePlace(document)),
      isAudioEnabled: booleanAt(document, 'Audio/enabled'),
      audioCodec: codecOfWord(audioWord) ?? audioWord,
    }
  },
  write: (document, change) => changeStreamingChannel(document, change),
})
