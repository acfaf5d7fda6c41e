// SPDX-License-Identifier: Apache-2.0
/** Answers of ISAPI: documents, pictures, and `ResponseStatus` with the codes that devices give. */
import { utf8 } from '@openhmp/protocol/base'
import { element, formatXml, type XmlElement } from '@openhmp/protocol/xml'
import type { DeviceResponse } from '../device/api.ts'
import type { Profile } from '../device/profile.ts'
import { DeviceRefusal, type DeviceRefusalReason } from '../device/refusal.ts'

/** What a handler gives; the router dresses it. */
export type Answer =
  | { readonly document: XmlElement; readonly headers?: Readonly<Record<string, string>>; readonly httpStatus?: number }
  | { readonly json: unknown }
  | { readonly plain: string }
  | { readonly jpeg: Uint8Array }
  /** A file, `application/octet-stream`. */
  | { readonly file: Uint8Array }
  | { readonly status: StatusName; readonly id?: number }

/** `statusCode`, `statusString`, `subStatusCode`, HTTP status, `errorCode`. */
const statuses = {
  ok: [1, 'OK', 'ok', 200, 1],
  rebootRequired: [7, 'Reboot Required', 'rebootRequired', 200, 0x70000001],
  /** An image waits for a reboot, and another is brought. */
  rebootRequired403: [7, 'Reboot Required', 'rebootRequired', 403, 0x70000001],
  upgrading: [2, 'Device Busy', 'upgrading', 503, 0x20000003],
  deviceBusy: [2, 'Device Busy', 'deviceBusy', 503, 0x20000004],
  /** Also the answer to a picture that cannot be taken: with HTTP 200. */
  noPicture: [3, 'Device Error', 'deviceError', 200, 0x30000001],
  deviceError: [3, 'Device Error', 'deviceError', 500, 0x30000001],
  badFlash: [3, 'Device Error', 'badFlash', 500, 0x30000002],
  notSupport: [4, 'Invalid Operation', 'notSupport', 403, 0x40000001],
  notSupport400: [4, 'Invalid Operation', 'notSupport', 400, 0x40000001],
  invalidOperation: [4, 'Invalid Operation', 'invalidOperation', 403, 0x40000006],
  notActivated: [4, 'Invalid Operation', 'notActivated', 403, 0x40000007],
  hasActivated: [4, 'Invalid Operation', 'hasActivated', 403, 0x40000008],
  loginPasswordError: [4, 'Invalid Operation', 'loginPasswordError', 403, 0x40000009],
  lowPrivilege: [4, 'Invalid Operation', 'lowPrivilege', 403, 0x40000002],
  methodNotAllowed: [4, 'Invalid Operation', 'methodNotAllowed', 405, 0x40000004],
  badXmlFormat: [5, 'Invalid Message Format', 'badXmlFormat', 400, 0x50000001],
  badParameters: [6, 'Invalid Message Content', 'badParameters', 400, 0x60000001],
  badXmlContent: [6, 'Invalid Message Content', 'badXmlContent', 400, 0x60000003],
  /** HTTP 200 with an error in it: what a recorder says when another path gives the picture. */
  otherPath: [6, 'Invalid XML Content', 'badXmlContent', 200, 0x60000003],
  portError: [6, 'Invalid Message Content', 'portError', 400, 0x6000000b],
  badDevType: [6, 'Invalid Message Content', 'badDevType', 400, 0x6000000c],
  badLanguage: [6, 'Invalid Message Content', 'badLanguage', 400, 0x6000000d],
  fileFormatError: [6, 'Invalid Message Content', 'fileFormatError', 400, 0x60000010],
  fileContentError: [6, 'Invalid Message Content', 'fileContentError', 400, 0x60000011],
  messageParametersLack: [6, 'Invalid Message Content', 'messageParametersLack', 400, 0x60000002],
} as const
export type StatusName = keyof typeof statuses

/** A "no" from deep inside a handler. */
export class IsapiRefusal extends Error {
  readonly status: StatusName
  constructor(status: StatusName) {
    super(status)
    this.status = status
  }
}

const refusals: Readonly<Record<DeviceRefusalReason, StatusName>> = {
  'users-full': 'invalidOperation',
  'user-duplicate': 'badParameters',
  'user-unknown': 'badParameters',
  'user-inherent': 'invalidOperation',
  'password-weak': 'badParameters',
  activated: 'hasActivated',
  upgrading: 'upgrading',
  'reboot-required': 'rebootRequired403',
  'wrong-model': 'badDevType',
  'wrong-language': 'badLanguage',
  'bad-flash': 'badFlash',
  'certificate-wrong': 'fileContentError',
}

/** The status of a refusal; anything else is thrown again. */
export function statusOf(error: unknown): StatusName {
  if (error instanceof IsapiRefusal) return error.status
  if (error instanceof DeviceRefusal) return refusals[error.reason]
  throw error
}

/** The answer as bytes, in this firmware's manner. */
export function dress(answer: Answer, profile: Profile, target: string): DeviceResponse {
  if ('jpeg' in answer) return { status: 200, contentType: 'image/jpeg', body: answer.jpeg }
  if ('file' in answer) return { status: 200, contentType: 'application/octet-stream', body: answer.file }
  if ('plain' in answer) return { status: 200, contentType: 'text/plain', body: utf8(answer.plain) }
  if ('json' in answer) return { status: 200, contentType: 'application/json', body: utf8(JSON.stringify(answer.json)) }
  if ('document' in answer)
    return { ...xml(answer.httpStatus ?? 200, answer.document, profile), headers: answer.headers }
  const [statusCode, statusString, subStatusCode, status, errorCode] = statuses[answer.status]
  const isOk = status === 200 && statusCode === 1
  const requestURL = target.split('?')[0]!
  if (/[?&]format=json/i.test(target)) {
    const body = { requestURL, statusCode, statusString, subStatusCode, errorCode, errorMsg: subStatusCode }
    return { status, contentType: 'application/json', body: utf8(JSON.stringify(body)) }
  }
  const parts = [
    ...(profile.kind === 'recorder' ? [] : [element('requestURL', requestURL)]),
    element('statusCode', statusCode),
    element('statusString', statusString),
    ...(answer.id === undefined ? [] : [element('id', answer.id)]),
    element('subStatusCode', subStatusCode),
    ...(isOk || profile.firmwareVersion < 'V5.6'
      ? []
      : [element('errorCode', errorCode), element('errorMsg', subStatusCode)]),
  ]
  return xml(status, element('ResponseStatus', parts, { version: '2.0', xmlns: profile.namespace }), profile)
}

const xml = (status: number, document: XmlElement, { lineEnd, kind }: Profile): DeviceResponse => ({
  status,
  contentType: kind === 'recorder' ? 'application/xml' : 'application/xml; charset="UTF-8"',
  body: utf8(formatXml(document, { newline: lineEnd })),
})
