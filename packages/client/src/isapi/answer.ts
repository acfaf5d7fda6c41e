// SPDX-License-Identifier: Apache-2.0
/** Judging answers: what looks like one is not always the thing that was asked for. */
import { fromUtf8, HmpError, PeerError } from '@openhmp/protocol/base'
import { isOk, peerErrorOf, readResponseStatus, responseStatusOf } from '@openhmp/protocol/isapi'
import { parseXml, type XmlElement } from '@openhmp/protocol/xml'
import type { IsapiAnswer } from './options.ts'

const isHtml = (bytes: Uint8Array): boolean =>
  /^\uFEFF?\s*<(?:!doctype\s+html|html)/i.test(fromUtf8(bytes.subarray(0, 512)))

const notIsapi = (where: string, text: string, cause?: unknown): PeerError =>
  new PeerError('isapi.not-isapi', `${where}: ${text}`, { retry: 'never', ...(cause === undefined ? {} : { cause }) })

/**
 * The error that an answer is, or undefined for a yes.
 *
 * Tolerates: devices that say no with HTTP 200 and a `ResponseStatus`, and such that say "not supported" with 403, 400,
 * 404, 405 or 501 and a page of HTML.
 */
export const errorOfAnswer = (answer: IsapiAnswer, where: string): PeerError | undefined => {
  const { status, bytes } = answer
  const said = readResponseStatus(bytes)
  if (said && isOk(said) && status < 300) return undefined
  if (said && !isOk(said)) return peerErrorOf(said, status, where)
  if (status >= 200 && status < 300)
    return isHtml(bytes) ? notIsapi(where, 'the answer is a page for people, not ISAPI') : undefined
  if ([400, 403, 404, 405, 501].includes(status))
    return new PeerError('isapi.not-supported', `${where}: the device does not have this (${status})`, {
      status,
      retry: 'never',
    })
  const retry = status === 408 || status === 429 || status >= 500 ? 'later' : 'never'
  const code = status === 503 || status === 429 ? 'isapi.busy' : 'isapi.refused'
  return new PeerError(code, `${where}: the device answers ${status}`, { status, retry })
}

/** The document of an answer. Throws what `errorOfAnswer` gives, and `isapi.not-isapi` where there is no document. */
export const documentOf = (answer: IsapiAnswer, where: string): XmlElement => {
  const error = errorOfAnswer(answer, where)
  if (error) throw error
  try {
    return parseXml(answer.bytes)
  } catch (cause) {
    if (!(cause instanceof HmpError)) throw cause
    throw notIsapi(where, `the answer is no ISAPI document: ${cause.message}`, cause)
  }
}

/**
 * The picture of an answer.
 *
 * Tolerates: devices that answer `/picture` with 200, `image/jpeg` and XML: the first bytes tell.
 */
export const pictureOf = (answer: IsapiAnswer, where: string): Uint8Array => {
  const { bytes } = answer
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return bytes
  const error = errorOfAnswer(answer, where)
  if (error) throw error
  throw notIsapi(where, bytes.length === 0 ? 'the answer is empty' : 'the answer is no JPEG')
}

/** A yes to a change; gives the id of what was made, if the device tells. */
export const confirmationOf = (answer: IsapiAnswer, where: string): string | undefined => {
  const error = errorOfAnswer(answer, where)
  if (error && error.code !== 'isapi.reboot-required') throw error
  try {
    return responseStatusOf(parseXml(answer.bytes))?.id
  } catch {
    return undefined // an empty or another body: the status said yes
  }
}
