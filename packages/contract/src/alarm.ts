// SPDX-License-Identifier: Apache-2.0
/** Events that somebody has to look at: how grave each kind is, who has taken it on, and what was said of it. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { Event } from './event.ts'
import { route } from './route.ts'
import { UserName } from './user.ts'

/** Gravest first. */
export const Severity = z.enum(['critical', 'high', 'low'])
export type Severity = z.output<typeof Severity>
/** `none`: no alarm. */
const SeverityOrNone = z.enum([...Severity.options, 'none'])
export type SeverityOrNone = z.output<typeof SeverityOrNone>
const AlarmState = z.enum(['new', 'acknowledged', 'closed'])

export const MAX_COMMENTS = 200
/** Alarms that one call may change. */
export const MAX_ALARMS_AT_ONCE = 500

/** What severities go by: of a device's fault which one, else the kind. */
export const alarmWord = ({ kind, fault }: Pick<Event, 'kind' | 'fault'>): string => fault ?? kind

/** As long as nobody says otherwise. A word that is not here is `low`: what nobody has thought of is not hidden. */
export const defaultSeverities: Readonly<Record<string, SeverityOrNone>> = {
  alarmInput: 'critical',
  fieldIntrusion: 'critical',
  tamper: 'critical',
  videoLoss: 'critical',
  fire: 'critical',
  smoke: 'critical',
  temperatureAlarm: 'critical',
  lineCrossing: 'high',
  regionEntrance: 'high',
  regionExiting: 'high',
  sceneChange: 'high',
  defocus: 'high',
  temperaturePrealarm: 'high',
  faceComparisonFailed: 'high',
  deviceError: 'high',
  diskError: 'high',
  diskFull: 'high',
  raid: 'high',
  networkBroken: 'high',
  illegalAccess: 'high',
  videoException: 'high',
  recordingFailure: 'high',
  cameraLost: 'high',
  overheated: 'high',
  diskWear: 'low',
  hotSpare: 'low',
  addressConflict: 'low',
  videoMismatch: 'low',
  abnormalReboot: 'low',
  poePower: 'low',
  loitering: 'low',
  unattendedObject: 'low',
  objectRemoval: 'low',
  thrownObject: 'low',
  gathering: 'low',
  fastMoving: 'low',
  parking: 'low',
  audioException: 'low',
  faceComparison: 'low',
  motion: 'none',
  vehicle: 'none',
  plate: 'none',
  faceDetection: 'none',
  faceCapture: 'none',
  peopleCounting: 'none',
  audioDetection: 'none',
  temperature: 'none',
}

/** What a camera tells of one kind until somebody closes it: a later occurrence joins the one that is open. */
export const Alarm = z
  .object({
    id: z.uuid(),
    severity: Severity,
    state: AlarmState,
    /** When it came up, or came back after it had been acknowledged and was quiet: what a sound goes by. */
    since: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    /** Occurrences in it. */
    count: z.number().int(),
    /** The latest of them. */
    event: Event,
    /** Why the state of the event is not known; null where it is known, or nobody knows why. */
    unknownBecause: z.object({ code: z.string(), text: z.string() }).nullable(),
    assignee: UserName.nullable(),
    acknowledgedBy: UserName.nullable(),
    acknowledgedAt: z.iso.datetime().nullable(),
    closedBy: UserName.nullable(),
    closedAt: z.iso.datetime().nullable(),
    commentCount: z.number().int(),
  })
  .meta({ id: 'Alarm' })
export type Alarm = z.output<typeof Alarm>

const AlarmComment = z
  .object({ id: z.uuid(), who: UserName, at: z.iso.datetime(), text: z.string() })
  .meta({ id: 'AlarmComment' })
export type AlarmComment = z.output<typeof AlarmComment>

/** Those that are open. */
const AlarmCounts = z
  .object({
    /** Not acknowledged, of each severity. */
    new: z.object({ critical: z.number().int(), high: z.number().int(), low: z.number().int() }),
    acknowledged: z.number().int(),
  })
  .meta({ id: 'AlarmCounts' })
export type AlarmCounts = z.output<typeof AlarmCounts>

const several = <T extends z.ZodType<unknown, string>>(one: T, most: number) =>
  z
    .string()
    .max(40 * most)
    .describe('One, or several with commas between')
    .transform((text) => text.split(','))
    .pipe(z.array(one).max(most))

const tag = 'alarms'
const params = z.object({ id: z.uuid() })
const alarms = z.array(z.uuid()).min(1).max(MAX_ALARMS_AT_ONCE)
const changed = z.object({ alarms: z.array(Alarm) })

export const ListAlarms = route({
  method: 'GET',
  path: '/alarms',
  needs: 'event.view',
  reach: 'objects',
  tag,
  summary: 'Alarms: open ones first, the gravest first, of one severity the newest first',
  query: z.object({
    state: several(AlarmState, 3).optional().describe('Those that are open unless told otherwise'),
    severity: several(Severity, 3).optional(),
    device: DeviceId.optional(),
    assignee: UserName.optional(),
    skip: z.coerce.number().int().min(0).max(1_000_000).default(0),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({ alarms: z.array(Alarm), isMore: z.boolean() }),
})
export const CountAlarms = route({
  method: 'GET',
  path: '/alarms/counts',
  needs: 'event.view',
  reach: 'objects',
  tag,
  summary: 'How many alarms are open',
  answer: AlarmCounts,
})
export const GetAlarm = route({
  method: 'GET',
  path: '/alarms/:id',
  needs: 'event.view',
  reach: 'objects',
  tag,
  summary: 'One alarm, and what was said of it, oldest first',
  params,
  answer: z.object({ alarm: Alarm, comments: z.array(AlarmComment) }),
})
export const AcknowledgeAlarms = route({
  method: 'POST',
  path: '/alarms/acknowledge',
  needs: 'alarm.handle',
  reach: 'objects',
  tag,
  summary: 'Say that alarms were seen; those that are not new stay as they are',
  body: z.object({ alarms }),
  answer: changed,
})
export const CloseAlarms = route({
  method: 'POST',
  path: '/alarms/close',
  needs: 'alarm.handle',
  reach: 'objects',
  tag,
  summary: 'Be done with alarms; what comes next is a new one',
  body: z.object({ alarms }),
  answer: changed,
})
export const AssignAlarms = route({
  method: 'POST',
  path: '/alarms/assign',
  needs: 'alarm.handle',
  reach: 'objects',
  tag,
  summary: 'Give alarms to somebody who can sign in; null: to nobody',
  body: z.object({ alarms, assignee: UserName.nullable() }),
  answer: changed,
})
export const CommentAlarm = route({
  method: 'POST',
  path: '/alarms/:id/comments',
  needs: 'alarm.handle',
  reach: 'objects',
  tag,
  summary: 'Say something of an alarm',
  params,
  body: z.object({ text: z.string().trim().min(1).max(2000) }),
  answer: z.object({ alarm: Alarm, comments: z.array(AlarmComment) }),
})

const SeverityTable = z.object({
  severities: z.array(
    z.object({
      /** A kind, or a fault of a device. */
      kind: z.string(),
      severity: SeverityOrNone,
      /** As delivered. */
      isDefault: z.boolean(),
    }),
  ),
})
const kind = z.string().regex(/^\w{1,64}$/)

export const ListSeverities = route({
  method: 'GET',
  path: '/alarm-severities',
  needs: 'event.view',
  tag,
  summary: 'How grave each kind of event is',
  answer: SeverityTable,
})
export const SetSeverity = route({
  method: 'PUT',
  path: '/alarm-severities/:kind',
  needs: 'system.configure',
  tag,
  summary: 'Change how grave a kind is, for alarms to come; null: as delivered',
  params: z.object({ kind }),
  body: z.object({ severity: SeverityOrNone.nullable() }),
  answer: SeverityTable,
})
