// SPDX-License-Identifier: Apache-2.0
/**
 * A device's own log, `POST /ISAPI/ContentMgmt/logSearch`: what it wrote down while nobody heard its alert stream. An entry
 * names what happened by a path of its own, `log.hikvision.com/Alarm/motionStart/15`; beginnings and ends are entries apart.
 *
 * Times are the device's local ones, both ways, with a `Z` behind them that means nothing.
 */
import { childrenOf, element, find, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { formatXml } from '../xml/format.ts'
import { kindOf } from './kind.ts'
import { parseDeviceTime } from './time.ts'

/** Where it is. */
export const LOG_SEARCH_PATH = '/ISAPI/ContentMgmt/logSearch'
/** Entries that are asked for together: recorders give no more. */
export const MAX_LOG_PAGE = 64
/** Entries of one answer that are read. */
const MAX_READ = 1000

/** What is asked for. */
export interface LogQuery {
  /** A UUID, one for all pages of a search: the device goes on with what it has found. */
  readonly searchId: string
  /** Device's local time, milliseconds as if it were UTC. */
  readonly fromLocalMs: number
  readonly toLocalMs: number
  /** Entries before the page. */
  readonly position: number
}

/** A page of answers. */
export interface LogPage {
  readonly entries: readonly LogEntry[]
  /** Entries of the page, those that are no events included. */
  readonly count: number
  /** The device says that there are more. */
  readonly isMore: boolean
  /** The latest time of the page, local. */
  readonly lastLocalMs: number | undefined
}

/** The beginning or the end of an event, or one that has neither. */
export interface LogEntry {
  readonly kind: string
  /** The word that the alert stream uses, where it is known; else the log's own. */
  readonly type: string
  readonly moment: 'began' | 'ended' | 'happened'
  readonly channel?: number
  readonly input?: number
  /** As written. */
  readonly time: string
  readonly localMs: number
}

/** Words of the log that the alert stream spells in another way, in lower case, without Start and Stop. */
const words = new Map(
  Object.entries({
    motion: 'VMD',
    motdet: 'VMD',
    hide: 'shelteralarm',
    videotamper: 'shelteralarm',
    alarmin: 'IO',
    linedetection: 'linedetection',
    fielddetection: 'fielddetection',
    audioinputexception: 'audioexception',
    soundintensitymutation: 'audioexception',
    scenechangedetection: 'scenechangedetection',
    videolost: 'videoloss',
    videoexception: 'badvideo',
    videoformatmismatch: 'videomismatch',
    illlegealaccess: 'illaccess', // as devices write it
    illegalaccess: 'illaccess',
    netbroken: 'nicbroken',
    ipconflict: 'ipconflict',
    hdfull: 'diskfull',
    hderror: 'diskerror',
    recorderror: 'recordingfailure',
  }),
)
/** The other way round, for who writes a log. */
const alarms = new Map([...words].map(([word, type]) => [type.toLowerCase(), word]))
const exceptions = new Set(['deviceError', 'videoLoss'])
/** Classes of entries that are events; operations and information are not. */
const classes = new Set(['alarm', 'exception'])

/** The document that asks. */
export const formatLogSearch = ({ searchId, fromLocalMs, toLocalMs, position }: LogQuery): string =>
  formatXml(
    element(
      'CMSearchDescription',
      [
        element('searchID', searchId),
        element('metaId', 'log.std-cgi.com'),
        element('timeSpanList', [
          element('timeSpan', [element('startTime', localText(fromLocalMs)), element('endTime', localText(toLocalMs))]),
        ]),
        element('maxResults', MAX_LOG_PAGE),
        element('searchResultPostion', position), // as devices spell it
      ],
      { version: '2.0', xmlns: 'http://www.hikvision.com/ver20/XMLSchema' },
    ),
  )

/** Reads a page. Entries that are no events, or cannot be read, are counted only. */
export const readLogPage = (root: XmlElement): LogPage => {
  const items = childrenOf(find(root, 'matchList'), 'searchMatchItem').slice(0, MAX_READ)
  const descriptors = items.map((item) => find(item, 'logDescriptor') ?? item)
  const times = descriptors.flatMap((one) => timeOf(one)?.localMs ?? [])
  return {
    entries: descriptors.flatMap((one) => entryOf(one) ?? []),
    count: Math.max(items.length, Math.min(numberAt(root, 'numOfMatches') ?? 0, MAX_READ)),
    isMore: textAt(root, 'responseStatusStrg')?.toUpperCase() === 'MORE',
    lastLocalMs: times.length === 0 ? undefined : Math.max(...times),
  }
}

const timeOf = (descriptor: XmlElement): { time: string; localMs: number } | undefined => {
  const time = textAt(descriptor, 'StartDateTime') ?? textAt(descriptor, 'startDateTime')
  // The digits are local, whatever zone is written behind them.
  const localMs = time === undefined ? undefined : parseDeviceTime(time.replace(/(Z|[+-]\d{1,2}:?(\d{2})?)$/i, ''))
  return time === undefined || localMs === undefined ? undefined : { time, localMs }
}

const entryOf = (descriptor: XmlElement): LogEntry | undefined => {
  const at = timeOf(descriptor)
  const [, kindClass = '', word = '', number] =
    /^[^/]*\/(\w+)\/(\w+)(?:\/(\d{1,6}))?\/?$/.exec(textAt(descriptor, 'metaId') ?? '') ?? []
  if (!at || !classes.has(kindClass.toLowerCase())) return undefined
  const [, own = word, end] = /^(.+?)(Start|Stop|End)$/i.exec(word) ?? []
  if (own.toLowerCase() === 'alarmout') return undefined // what the device did, not what happened
  const type = words.get(own.toLowerCase()) ?? own
  const moment = end === undefined ? 'happened' : end.toLowerCase() === 'start' ? 'began' : 'ended'
  const kind = kindOf(type)
  const place = number === undefined || Number(number) < 1 ? undefined : Number(number)
  return {
    ...{ kind, type, moment },
    ...(place === undefined ? {} : kind === 'alarmInput' ? { input: place } : { channel: place }),
    ...at,
  }
}

/** What a device writes of an event: the path of an entry. `began` and `ended` of what has an end. */
export const logPathOf = (type: string, moment: LogEntry['moment'], place: number | undefined): string => {
  const word = alarms.get(type.toLowerCase()) ?? type
  const kindClass = exceptions.has(kindOf(type)) ? 'Exception' : 'Alarm'
  const end = moment === 'began' ? 'Start' : moment === 'ended' ? 'Stop' : ''
  return `log.hikvision.com/${kindClass}/${word}${end}${place === undefined ? '' : `/${place}`}`
}

/** Local time as logs have it: digits, and the `Z` that means nothing. */
export const localText = (localMs: number): string => {
  const days = Math.floor(localMs / 86_400_000)
  const seconds = Math.floor((localMs - days * 86_400_000) / 1000)
  const two = (n: number) => String(n).padStart(2, '0')
  const { year, month, day } = dateOf(days)
  return `${year}-${two(month)}-${two(day)}T${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}Z`
}

/** The date so many days after 1970: no clock, no `Date`. */
const dateOf = (days: number): { year: number; month: number; day: number } => {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const ofEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * ofYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const day = ofYear - Math.floor((153 * shifted + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}
