// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import { numberAt, textAt } from '../xml/element.ts'
import { parseXml } from '../xml/parse.ts'
import { formatLogSearch, localText, logPathOf, MAX_LOG_PAGE, readLogPage } from './log-search.ts'

const item = (path: string, time: string): string =>
  `<searchMatchItem><logDescriptor><metaId>${path}</metaId><StartDateTime>${time}</StartDateTime><localId>0</localId></logDescriptor></searchMatchItem>`
const page = (items: string, status = 'OK', count = 1): string =>
  `<CMSearchResult version="1.0" xmlns="urn:psialliance-org"><responseStatus>true</responseStatus><responseStatusStrg>${status}</responseStatusStrg><numOfMatches>${count}</numOfMatches><matchList>${items}</matchList></CMSearchResult>`
const noon = Date.UTC(2026, 2, 1, 12)

/** path of an entry, its time, what it means. */
const rows = [
  [
    'log.hikvision.com/Alarm/motionStart/15',
    '2026-03-01T12:00:00',
    { kind: 'motion', type: 'VMD', moment: 'began', channel: 15 },
  ],
  ['log.hikvision.com/Alarm/motionStop/15', '2026-03-01T12:00:00Z', { kind: 'motion', moment: 'ended', channel: 15 }],
  ['log.hikvision.com/Alarm/hideStart/1', '2026-03-01T12:00:00+08:00', { kind: 'tamper', type: 'shelteralarm' }],
  ['log.hikvision.com/Alarm/lineDetection/2', '2026-03-01T12:00:00Z', { kind: 'lineCrossing', moment: 'happened' }],
  ['log.hikvision.com/Alarm/alarmIn/3', '2026-03-01T12:00:00Z', { kind: 'alarmInput', type: 'IO', input: 3 }],
  ['log.std-cgi.com/Exception/illlegealAccess', '2026-03-01T12:00:00Z', { kind: 'deviceError', type: 'illaccess' }],
  ['log.hikvision.com/exception/hdFull/0', '2026-03-01T12:00:00Z', { kind: 'deviceError', type: 'diskfull' }],
  [
    'log.hikvision.com/Alarm/newThingStart/4',
    '2026-03-01T12:00:00Z',
    { kind: 'newThing', type: 'newThing', channel: 4 },
  ],
  ['log.hikvision.com/Alarm/alarmOut/1', '2026-03-01T12:00:00Z', undefined],
  ['log.hikvision.com/Operation/remoteLogin', '2026-03-01T12:00:00Z', undefined],
  ['log.hikvision.com/Alarm/motionStart/1', 'yesterday', undefined],
] as const

describe('the log of a device', () => {
  it.each(rows)('%s', (path, time, meaning) => {
    const { entries, count, isMore } = readLogPage(parseXml(page(item(path, time))))
    expect({ count, isMore }).toEqual({ count: 1, isMore: false })
    expect(entries).toMatchObject(meaning ? [{ ...meaning, time, localMs: noon }] : [])
  })

  it('says when there is more, and counts what it does not read', () => {
    const items = item('log.hikvision.com/Operation/reboot', '2026-03-01T12:00:07Z') + item('nonsense', 'x')
    expect(readLogPage(parseXml(page(items, 'MORE', 2)))).toEqual({
      ...{ entries: [], count: 2, isMore: true, lastLocalMs: noon + 7000 },
    })
    expect(
      readLogPage(parseXml('<CMSearchResult><responseStatusStrg>NO MATCHES</responseStatusStrg></CMSearchResult>')),
    ).toEqual({
      ...{ entries: [], count: 0, isMore: false, lastLocalMs: undefined },
    })
  })

  it('is asked page by page, in local time', () => {
    const query = { searchId: 'A-1', fromLocalMs: noon, toLocalMs: noon + 61_000, position: 64 }
    const root = parseXml(formatLogSearch(query))
    expect(textAt(root, 'timeSpanList/timeSpan/startTime')).toBe('2026-03-01T12:00:00Z')
    expect(textAt(root, 'timeSpanList/timeSpan/endTime')).toBe('2026-03-01T12:01:01Z')
    expect(numberAt(root, 'searchResultPostion')).toBe(64)
    expect(numberAt(root, 'maxResults')).toBe(MAX_LOG_PAGE)
  })

  it('writes any time as a calendar does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), (ms) => {
        expect(localText(ms)).toBe(`${new Date(ms).toISOString().slice(0, 19)}Z`)
      }),
    )
  })

  it('reads what is written of any event', () => {
    const type = fc.constantFrom('VMD', 'linedetection', 'videoloss', 'diskfull', 'shelteralarm', 'regionEntrance')
    const moment = fc.constantFrom('began' as const, 'ended' as const, 'happened' as const)
    fc.assert(
      fc.property(type, moment, fc.integer({ min: 1, max: 300 }), (word, when, channel) => {
        const text = page(item(logPathOf(word, when, channel), localText(noon)))
        expect(readLogPage(parseXml(text)).entries).toMatchObject([
          { type: word, moment: when, channel, localMs: noon },
        ])
      }),
    )
  })

  it('answers any document with a page or a WireError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rows), fc.nat(300), fc.string({ maxLength: 5 }), ([path, time], at, noise) => {
        const text = page(item(path, time))
        try {
          readLogPage(parseXml(text.slice(0, at) + noise + text.slice(at + noise.length)))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})
