// SPDX-License-Identifier: Apache-2.0
/** The content of an event request of HMP: an alert, alone or with its pictures as multipart/mixed. hmp.md §10. */
import { concat, utf8 } from '../base/bytes.ts'

/** What an event is sent as. */
export interface EventContent {
  readonly contentType: string
  readonly body: Uint8Array
}

/** Writes it. `boundary` must stand in none of the parts: a random UUID does. */
export const formatEventContent = (
  alert: Uint8Array,
  pictures: readonly Uint8Array[],
  boundary: string,
): EventContent => {
  const alertType = /^[\s\uFEFF]*[{[]/.test(String.fromCharCode(...alert.subarray(0, 16)))
    ? 'application/json'
    : 'application/xml'
  if (pictures.length === 0) return { contentType: alertType, body: alert }
  const part = (type: string, content: Uint8Array): Uint8Array[] => [
    utf8(`--${boundary}\r\nContent-Type: ${type}\r\nContent-Length: ${content.length}\r\n\r\n`),
    content,
    utf8('\r\n'),
  ]
  return {
    contentType: `multipart/mixed; boundary=${boundary}`,
    body: concat([
      ...part(alertType, alert),
      ...pictures.flatMap((picture) => part('image/jpeg', picture)),
      utf8(`--${boundary}--\r\n`),
    ]),
  }
}
