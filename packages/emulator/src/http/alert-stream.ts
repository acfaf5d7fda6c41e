// SPDX-License-Identifier: Apache-2.0
/** The alert stream on the wire: multipart/mixed without an end, as this firmware frames it. */
import type { ServerResponse } from 'node:http'
import type { EmulatedDevice } from '../device/device.ts'

/** What a client may leave unread before its stream is cut, in bytes. */
export const MAX_ALERT_BACKLOG_BYTES = 256 * 1024

/** What stands on the wire, whatever the header says: some devices name another one there. */
const BOUNDARY = 'boundary'

/** Serves the stream until the client or the device goes; the result ends it. */
export function serveAlerts(device: EmulatedDevice, response: ServerResponse, isSubscription = false): Disposable {
  const { profile, faults } = device
  // No length and no chunks: the end of the stream is the end of the connection.
  response.useChunkedEncodingByDefault = false
  response.shouldKeepAlive = false
  response.writeHead(200, {
    'MIME-Version': '1.0',
    Server: profile.server,
    Connection: 'close',
    'Content-Type': `multipart/mixed; boundary=${profile.boundaryHeader}`,
  })
  response.write(`--${BOUNDARY}\r\n`)
  if (isSubscription) response.write(`Content-Type: application/xml\r\n\r\n${subscribed}\r\n--${BOUNDARY}\r\n`)
  const watching = device.watchAlerts((xml) => {
    if (response.writableLength > MAX_ALERT_BACKLOG_BYTES) response.destroy()
    if (response.destroyed) return
    const length = Buffer.byteLength(xml) + (faults.isWrongLength ? 1 : 0)
    const head = `Content-Type: application/xml; charset="UTF-8"\r\n${profile.hasPartLength ? `Content-Length: ${length}\r\n` : ''}\r\n`
    // The delimiter follows at once, so that a client knows the part's end without waiting for the next.
    writePieces(response, Buffer.from(`${head}${xml}\r\n--${BOUNDARY}\r\n`), faults.splitBytes)
  })
  const shutting = device.alertGate.onShut(() => response.destroy())
  response.once('close', () => {
    watching[Symbol.dispose]()
    shutting[Symbol.dispose]()
  })
  return watching
}

const subscribed =
  '<SubscribeEventResponse version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><id>1</id><FailedEventList/></SubscribeEventResponse>'

/** Most pieces that one write is cut into by the fault `split`; the rest goes whole. */
const MAX_PIECES = 4096

/** Writes in pieces of `size` bytes, 0 for all at once. */
export function writePieces(response: ServerResponse, bytes: Uint8Array, size: number): void {
  if (size === 0) {
    response.write(bytes)
    return
  }
  let at = 0
  for (let i = 0; i < MAX_PIECES && at < bytes.length; i++, at += size) response.write(bytes.subarray(at, at + size))
  if (at < bytes.length) response.write(bytes.subarray(at))
}
