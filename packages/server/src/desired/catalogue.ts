// SPDX-License-Identifier: Apache-2.0
/** The settings that a desired state may name: words, kinds of values, and the documents where they live. */
import { deviceNameResource, ntpResource, streamResource, timeResource } from '@openhmp/protocol/isapi'
import { z } from 'zod'
import { plainSection, type Section } from './section.ts'

const stream = z.object({
  codec: z.enum(['h264', 'h265', 'mjpeg']),
  width: z.number().int().min(16).max(16_384),
  height: z.number().int().min(16).max(16_384),
  /** Frames a second. */
  frameRate: z.number().min(0.01).max(240),
  bitrateKbps: z.number().int().min(16).max(200_000),
})

const streamSection = (key: string, number: number): Section =>
  plainSection({
    key,
    scope: 'channel',
    schema: stream,
    at: ({ channel }) => (channel === undefined ? undefined : streamResource(channel * 100 + number)),
  })

/** In the order in which they are read and written: the clock before what is stamped with it. */
export const catalogue: readonly Section[] = [
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
  streamSection('stream.main', 1),
  streamSection('stream.sub', 2),
]
