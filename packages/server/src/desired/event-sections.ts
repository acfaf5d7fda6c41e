// SPDX-License-Identifier: Apache-2.0
/** What a device looks for, and whether it tells the CMS. Where it looks (regions, lines) belongs to one camera, not to a rule for many. */
import { linkEvents, readEventLinks } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'
import {
  motionResource,
  type Resource,
  type SmartKind,
  smartPaths,
  smartResource,
  tamperResource,
  videoLossResource,
} from '@openhmp/protocol/isapi'
import { z } from 'zod'
import { type Place, plainSection, type Section } from './section.ts'

const enabled = z.boolean()
const sensitivity = z.number().int().min(0).max(100)

interface Switched {
  readonly isEnabled?: boolean | undefined
  readonly sensitivity?: number | undefined
}

const detection = <Value extends Switched, Change>(
  name: string,
  schema: z.ZodObject,
  at: (place: { channel: number; isProxied: boolean }) => Resource<Value, Change>,
): Section =>
  plainSection<Value, Change>({
    key: `events.${name}`,
    scope: 'channel',
    schema,
    names: { enabled: 'isEnabled' },
    at: ({ channel, isRecorder }: Place) =>
      channel === undefined ? undefined : at({ channel, isProxied: isRecorder }),
  })

/** Events that people miss are linked to the surveillance centre: without that they never leave the device. */
const report: Section = {
  key: 'events.report',
  scope: 'device',
  isOneWay: true,
  schema: z.object({ linked: z.boolean() }),
  at: () => ({
    read: async (door, options) => {
      const links = await readEventLinks(door, options)
      return { linked: links.every(({ state }) => state === 'linked') }
    },
    change: async (door, { linked }, options) => {
      if (linked !== true) throw new Refusal('invalid', 'setting.range', 'events are linked here, never unlinked')
      const links = await linkEvents(door, options)
      const refused = links.find(({ state }) => state === 'refused')
      if (refused) {
        const why = refused.reason?.text ?? 'it is not linked'
        throw new Refusal('conflict', refused.reason?.code ?? 'setting.ignored', `${refused.id}: ${why}`)
      }
      return { linked: true }
    },
  }),
}

/** All of them. */
export const eventSections: readonly Section[] = [
  report,
  detection('motion', z.object({ enabled, sensitivity }), motionResource),
  detection('tamper', z.object({ enabled, sensitivity }), tamperResource),
  detection('videoLoss', z.object({ enabled }), videoLossResource),
  ...(Object.keys(smartPaths) as SmartKind[]).map((kind) =>
    detection(kind, z.object({ enabled }), ({ channel }) => smartResource(kind, channel)),
  ),
]
