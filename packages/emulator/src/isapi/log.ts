// SPDX-License-Identifier: Apache-2.0
/** `/ContentMgmt/logSearch`: the device's own log, in its local time, page by page. */
import { localText, parseDeviceTime } from '@openhmp/protocol/event'
import { element, numberAt, textAt } from '@openhmp/protocol/xml'
import { type Answer, IsapiRefusal } from './answer.ts'
import { zoneMinutes } from './core.ts'
import type { Route, Routed } from './route.ts'
import { zoneOf } from './system.ts'

const search = ({ core, body }: Routed): Answer => {
  const { log } = core.profile.media
  if (!core.log || !log) throw new IsapiRefusal('notSupport')
  const aheadMs = zoneMinutes(zoneOf(core)) * 60_000
  // The digits are taken for local time, whatever stands behind them.
  const timeOf = (name: string) =>
    parseDeviceTime((textAt(body, `timeSpanList/timeSpan/${name}`) ?? '').replace(/(Z|[+-][\d:]+)$/i, ''))
  const [from, to] = [timeOf('startTime'), timeOf('endTime')]
  const searchId = textAt(body, 'searchID')
  if (from === undefined || to === undefined || searchId === undefined) throw new IsapiRefusal('messageParametersLack')
  const position = numberAt(body, 'searchResultPostion') ?? 0
  const size = Math.min(numberAt(body, 'maxResults') ?? log.page, log.page)
  // Beyond so many it just ends, and looks like the end of the log.
  const all = core.log.between(from - aheadMs, to - aheadMs).slice(0, log.most)
  const lines = all.slice(position, position + size)
  const isMore = position + lines.length < all.length
  const items = lines.map(({ path, atMs }) =>
    element('searchMatchItem', [
      element('logDescriptor', [
        element('metaId', path),
        element('StartDateTime', localText(atMs + aheadMs)),
        element('localId', '0'),
        element('userName', ''),
        element('ipAddress', ''),
      ]),
    ]),
  )
  const root = [
    element('searchID', searchId),
    element('responseStatus', true),
    element('responseStatusStrg', isMore ? 'MORE' : lines.length === 0 ? 'NO MATCHES' : 'OK'),
    element('numOfMatches', lines.length),
    ...(lines.length === 0 ? [] : [element('matchList', items)]),
  ]
  return { document: element('CMSearchResult', root, { version: '1.0', xmlns: 'urn:psialliance-org' }) }
}

/** Paths of this part of the tree. */
export const logRoutes: readonly Route[] = [{ method: 'POST', path: '/ContentMgmt/logSearch', handle: search }]
