// SPDX-License-Identifier: Apache-2.0
/** The settings that a desired state may name, in the order in which they are read and written: the clock before what is stamped with it. */

import { changeImage, changeStream } from '@openhmp/client'
import {
  channelNameResource,
  deviceNameResource,
  type ImageChange,
  type ImageSettings,
  imageResource,
  ntpResource,
  type StreamingChange,
  type StreamSettings,
  streamResource,
  timeResource,
} from '@openhmp/protocol/isapi'
import { z } from 'zod'
import { accessSections } from './access-sections.ts'
import { eventSections } from './event-sections.ts'
import { osdSection } from './osd-section.ts'
import { plainSection, type Section } from './section.ts'

const level = z.number().int().min(0).max(100)

const device: readonly Section[] = [
  plainSection({
    key: 'device',
    scope: 'device',
    schema: z.object({ name: z.string().min(1).max(32) }),
    at: () => deviceNameResource,
  }),
  plainSection({
    key: 'ntp',
    scope: 'device',
    schema: z.object({
      host: z.string().min(1).max(64),
      port: z.number().int().min(1).max(65_535),
      intervalMinutes: z.number().int().min(1).max(10_080),
    }),
    at: () => ntpResource,
  }),
  plainSection({
    key: 'time',
    scope: 'device',
    schema: z.object({
      mode: z.enum(['NTP', 'manual']),
      timeZone: z
        .string()
        .regex(/^[A-Za-z]{1,8}[+-]?\d{1,2}(:\d{2}){0,2}(DST[\w:,./]*)?$/, 'a zone such as CST-8:00:00'),
    }),
    at: () => timeResource,
  }),
]

const streamSection = (key: string, number: number): Section =>
  plainSection<StreamSettings, StreamingChange>({
    key,
    scope: 'channel',
    schema: z.object({
      codec: z.enum(['h264', 'h265', 'mjpeg']),
      width: z.number().int().min(16).max(16_384),
      height: z.number().int().min(16).max(16_384),
      /** Frames a second. */
      frameRate: z.number().min(0.01).max(240),
      bitrateKbps: z.number().int().min(16).max(200_000),
      bitrateMode: z.enum(['CBR', 'VBR']),
      /** Frames from one key picture to the next. */
      gop: z.number().int().min(1).max(1000),
      profile: z.string().min(1).max(20),
      audio: z.boolean(),
      audioCodec: z.enum(['pcma', 'pcmu']),
    }),
    names: { audio: 'isAudioEnabled' },
    at: ({ channel }) => (channel === undefined ? undefined : streamResource(channel * 100 + number)),
    change: (door, { channel }, change, options) => changeStream(door, channel! * 100 + number, change, options),
  })

const picture: readonly Section[] = [
  plainSection({
    key: 'channel',
    scope: 'channel',
    schema: z.object({ name: z.string().min(1).max(32) }),
    at: ({ channel, isRecorder }) =>
      channel === undefined ? undefined : channelNameResource({ channel, isProxied: isRecorder }),
  }),
  streamSection('stream.main', 1),
  streamSection('stream.sub', 2),
  plainSection<ImageSettings, ImageChange>({
    key: 'image',
    scope: 'channel',
    schema: z.object({
      brightness: level,
      contrast: level,
      saturation: level,
      sharpness: level,
      dayNight: z.enum(['auto', 'day', 'night', 'schedule']),
      wdr: z.enum(['off', 'on', 'auto']),
      wdrLevel: level,
      mirror: z.enum(['none', 'horizontal', 'vertical', 'both']),
    }),
    // Recorders do not hand on how the pictures of their cameras look.
    at: ({ channel, isRecorder }) => (channel === undefined || isRecorder ? undefined : imageResource(channel)),
    change: (door, { channel }, change, options) => changeImage(door, channel!, change, options),
  }),
  osdSection,
]

/** All of them. */
export const catalogue: readonly Section[] = [...device, ...accessSections, ...picture, ...eventSections]
