// SPDX-License-Identifier: Apache-2.0
/** `ResponseStatus`: how a device says yes and no, in XML or JSON, with any HTTP status. */
import { fromUtf8 } from '../base/bytes.ts'
import { PeerError, type Retry } from '../base/errors.ts'
import { element, localName, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { parseXml } from '../xml/parse.ts'
import { isapiRoot } from './namespace.ts'

export interface ResponseStatus {
  /** 0 and 1 are yes; 7 is yes, after a reboot. */
  readonly statusCode: number
  readonly statusString: string
  /** The word that tells what is wrong: `notSupport`, `badXmlContent`. */
  readonly subStatusCode: string
  /** A sentence, from newer devices. */
  readonly detail?: string
  /** Of what was created. */
  readonly id?: string
}

/** Longest answer that may be a `ResponseStatus`. */
export const MAX_RESPONSE_STATUS_BYTES = 64 * 1024

export const isOk = (status: ResponseStatus): boolean => status.statusCode === 0 || status.statusCode === 1

/** Reads one from its root element; undefined when the element is none. */
export const responseStatusOf = (root: XmlElement): ResponseStatus | undefined => {
  if (localName(root).toLowerCase() !== 'responsestatus') return undefined
  const detail = textAt(root, 'description') ?? textAt(root, 'errorMsg')
  const id = textAt(root, 'id') ?? textAt(root, 'ID')
  return {
    statusCode: numberAt(root, 'statusCode') ?? -1,
    statusString: textAt(root, 'statusString') ?? '',
    subStatusCode: textAt(root, 'subStatusCode') ?? '',
    ...(detail === undefined ? {} : { detail }),
    ...(id === undefined ? {} : { id }),
  }
}

/** Reads one from a body of either form; undefined when the body is something else. Never throws. */
export const readResponseStatus = (body: Uint8Array): ResponseStatus | undefined => {
  if (body.length === 0 || body.length > MAX_RESPONSE_STATUS_BYTES) return undefined
  const text = fromUtf8(body).trimStart()
  try {
    if (text.startsWith('{')) return ofJson(JSON.parse(text) as Record<string, unknown>)
    return /ResponseStatus/i.test(text) ? responseStatusOf(parseXml(text)) : undefined
  } catch {
    return undefined // HTML, or nonsense: the caller has the HTTP status
  }
}

const ofJson = (members: Record<string, unknown>): ResponseStatus | undefined => {
  const { statusCode, statusString, subStatusCode, errorMsg } = members
  if (typeof statusCode !== 'number') return undefined
  return {
    statusCode,
    statusString: typeof statusString === 'string' ? statusString : '',
    subStatusCode: typeof subStatusCode === 'string' ? subStatusCode : '',
    ...(typeof errorMsg === 'string' ? { detail: errorMsg } : {}),
  }
}

const later = new Set(['devicebusy', 'servicebusy', 'serviceunavailable', 'nomemory', 'upgrading', 'reconnectipc'])
const login = new Set(['badauthorization', 'loginpassworderror', 'incorrectusernameorpassword', 'notactivated'])

const retryOf = ({ statusCode, subStatusCode }: ResponseStatus): Retry => {
  const word = subStatusCode.toLowerCase()
  if (login.has(word)) return 'after-login'
  return statusCode === 2 || statusCode === 3 || later.has(word) ? 'later' : 'never'
}

/** Codes that callers act on; every other word gives `isapi.<subStatusCode>`. */
const codes = new Map([
  ['notsupport', 'isapi.not-supported'],
  ['methodnotallowed', 'isapi.not-supported'],
  ['lowprivilege', 'isapi.forbidden'],
  ['badauthorization', 'isapi.unauthorized'],
  ['notactivated', 'isapi.not-activated'],
  ['rebootrequired', 'isapi.reboot-required'],
])

/** The error that a "no" is. `where` names device and request for people: `192.0.2.7: PUT /ISAPI/System/time`. */
export const peerErrorOf = (status: ResponseStatus, httpStatus: number, where: string): PeerError => {
  const { subStatusCode, statusString, detail } = status
  const word = subStatusCode || statusString || `status ${status.statusCode}`
  const code =
    codes.get(subStatusCode.toLowerCase()) ?? `isapi.${/^\w+$/.test(subStatusCode) ? subStatusCode : 'refused'}`
  return new PeerError(
    code,
    `${where}: the device says ${word}${detail && detail !== word ? ` (${detail.slice(0, 200)})` : ''}`,
    {
      status: httpStatus,
      retry: retryOf(status),
    },
  )
}

/** Writes one, as a device does. */
export const responseStatusElement = (
  requestUrl: string,
  status: Omit<ResponseStatus, 'detail'>,
  outer?: { version?: string; namespace?: string },
): XmlElement =>
  isapiRoot(
    'ResponseStatus',
    [
      element('requestURL', requestUrl),
      element('statusCode', status.statusCode),
      element('statusString', status.statusString),
      element('subStatusCode', status.subStatusCode),
      ...(status.id === undefined ? [] : [element('id', status.id)]),
    ],
    outer,
  )
