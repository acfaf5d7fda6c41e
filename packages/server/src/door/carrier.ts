// SPDX-License-Identifier: Apache-2.0
/** What HMP sessions ride on, accepted: a TLS connection, or a WebSocket (docs/protocol/hmp.md §2). */
import type { TLSSocket } from 'node:tls'
import { concat } from '@openhmp/protocol/base'
import { goodbyeNumbers, HEADER_BYTES, isGoodbyeCode, MAX_PACKET_PAYLOAD_BYTES } from '@openhmp/protocol/hmp'
import type { Closing, HmpSession } from '@openhmp/protocol/session'
import type { WebSocket } from 'ws'

/** What a carrier gives a session that is being made. */
export interface Carrier {
  write(parts: readonly Uint8Array[]): void
  close(closing: Closing): void
  /** The 32 bytes of TLS's exporter (RFC 8446 §7.5); absent on WebSocket. */
  readonly exporter?: Uint8Array
}

/** Longest WebSocket message: one packet. */
export const MAX_MESSAGE_BYTES = HEADER_BYTES + MAX_PACKET_PAYLOAD_BYTES

const EXPORTER_LABEL = 'EXPORTER-HMP-1'
const EXPORTER_BYTES = 32
const CLOSE_BASE = 4000
const CLOSE_NO_TEXT = 1003

/** Runs a session over a TLS connection, which it owns from now on. */
export const carryOverTls = (socket: TLSSocket, make: (carrier: Carrier) => HmpSession): HmpSession => {
  const session = make({
    exporter: socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0)),
    write: (parts) => {
      if (!socket.writable) return
      socket.cork()
      for (const part of parts) socket.write(part)
      socket.uncork()
    },
    close: ({ byPeer }) => {
      if (byPeer) socket.destroy()
      else socket.end(() => socket.destroy()) // the goodbye goes out first
    },
  })
  socket.setNoDelay(true)
  socket.on('data', (chunk) => session.receive(chunk))
  socket.on('error', (error) => session.carrierClosed(error.message))
  socket.on('close', () => session.carrierClosed())
  session.start()
  return session
}

/** Runs a session over a WebSocket, which it owns from now on. */
export const carryOverWebSocket = (socket: WebSocket, make: (carrier: Carrier) => HmpSession): HmpSession => {
  const session = make({
    write: (parts) => {
      if (socket.readyState === socket.OPEN) socket.send(concat(parts), { binary: true, compress: false })
    },
    close: ({ code, byPeer }) => {
      if (byPeer || !isGoodbyeCode(code)) socket.close(1000)
      else socket.close(CLOSE_BASE + goodbyeNumbers[code])
    },
  })
  socket.binaryType = 'nodebuffer'
  socket.on('message', (message: Buffer, isBinary) => {
    if (isBinary) session.receivePacket(message)
    else {
      socket.close(CLOSE_NO_TEXT)
      session.carrierClosed('a text message came')
    }
  })
  socket.on('error', (error) => session.carrierClosed(error.message))
  socket.on('close', () => session.carrierClosed())
  session.start()
  return session
}
