// SPDX-License-Identifier: Apache-2.0
/**
 * What carries HMP sessions in Node: a TLS connection or a WebSocket (hmp.md §2). A shell without decisions: bytes in, bytes
 * out, closing. What a session writes within one turn of the event loop leaves as one write.
 */
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { concat } from '@openhmp/protocol/base'
import {
  EXPORTER_LABEL,
  goodbyeNumbers,
  HEADER_BYTES,
  isGoodbyeCode,
  MAX_PACKET_PAYLOAD_BYTES,
} from '@openhmp/protocol/hmp'
import type { Closing, HmpSession } from '@openhmp/protocol/session'
import type { WebSocket } from 'ws'

/** Longest WebSocket message: one packet. Give it to `ws` as `maxPayload`. */
export const MAX_HMP_MESSAGE_BYTES = HEADER_BYTES + MAX_PACKET_PAYLOAD_BYTES
/** Path and subprotocol of HMP's WebSocket. */
export const HMP_WEBSOCKET_PATH = '/api/v1/hmp'
export const HMP_SUBPROTOCOL = 'hmp.1'
/** ALPN of HMP over TLS. */
export const HMP_ALPN = 'hmp/1'

const EXPORTER_BYTES = 32
const CLOSE_BASE = 4000
const CLOSE_TEXT = 1003
/** A goodbye that cannot be delivered is given up after this long. */
const LINGER_MS = 2000
/** Below it, joining header and payload costs less than two frames. */
const JOIN_BYTES = 4096

/** The two doors of a session, and what its carrier knows. */
export interface HmpCarrier {
  /** For `SessionOptions.write`. */
  write(parts: readonly Uint8Array[]): void
  /** For `SessionOptions.onClose`. */
  close(closing: Closing): void
  /** The 32 bytes of TLS's exporter (RFC 8446 §7.5); absent on WebSocket. */
  readonly exporter?: Uint8Array
}

/** Makes the session that a carrier is to carry. */
export type MakeSession = (carrier: HmpCarrier) => HmpSession

/**
 * Runs a session over a connection that somebody else opened, and owns it from now on: a TLS socket with ALPN `hmp/1`, or a
 * WebSocket with subprotocol `hmp.1` (made without permessage-deflate, `maxPayload` MAX_HMP_MESSAGE_BYTES). The caller lets
 * time pass (`session.tick`). `below` is the connection that a WebSocket stands on, where the caller knows it: frames of one
 * turn then leave as one write, too.
 */
export const acceptHmp = (socket: TLSSocket | WebSocket, make: MakeSession, below?: Duplex): HmpSession =>
  socket instanceof TLSSocket ? carryOverTls(socket, make) : carryOverWebSocket(socket, make, below)

/** Holds a stream's writes back until this turn of the event loop is over: call it before each write. */
const corkForTurn = (stream: Duplex): (() => void) => {
  let isCorked = false
  const uncork = () => {
    isCorked = false
    stream.uncork()
  }
  return () => {
    if (isCorked) return
    isCorked = true
    stream.cork()
    process.nextTick(uncork)
  }
}

/** As `acceptHmp`, either side, over TLS. */
export const carryOverTls = (socket: TLSSocket, make: MakeSession): HmpSession => {
  const cork = corkForTurn(socket)
  const session: HmpSession = make({
    exporter: socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0)),
    write(parts) {
      if (!socket.writable) return
      cork()
      for (const part of parts) socket.write(part)
    },
    close({ byPeer }) {
      if (byPeer) socket.destroy()
      else {
        const late = setTimeout(() => socket.destroy(), LINGER_MS)
        late.unref()
        socket.once('close', () => clearTimeout(late))
        // Read on until the other side hangs up: closed with bytes unread, TCP resets, and the goodbye would be lost with a
        // peer that is in the middle of sending. Who never was in sends nothing that is worth it.
        if (session.id === undefined) socket.end(() => socket.destroy())
        else socket.end()
      }
    },
  })
  socket.setNoDelay(true)
  socket.on('data', (chunk: Buffer) =>
    contain(
      session,
      () => session.receive(chunk),
      () => socket.destroy(),
    ),
  )
  socket.on('error', (error) => session.carrierClosed(error.message))
  socket.on('close', () => session.carrierClosed())
  session.start()
  return session
}

/** As `acceptHmp`, either side, over an open WebSocket. */
export const carryOverWebSocket = (socket: WebSocket, make: MakeSession, below?: Duplex): HmpSession => {
  const cork = below && corkForTurn(below)
  const session = make({
    write(parts) {
      if (socket.readyState !== socket.OPEN) return
      cork?.()
      const [header, payload] = parts
      if (!header || !payload || payload.length < JOIN_BYTES) socket.send(concat(parts), whole)
      else {
        // One message of two frames, so that the payload, which all viewers share, is not copied for each.
        socket.send(header, begun)
        socket.send(payload, whole)
      }
    },
    close({ code, byPeer }) {
      if (byPeer || !isGoodbyeCode(code)) socket.close(1000)
      else socket.close(CLOSE_BASE + goodbyeNumbers[code])
    },
  })
  socket.binaryType = 'nodebuffer'
  socket.on('message', (message: Buffer, isBinary: boolean) => {
    if (isBinary)
      contain(
        session,
        () => session.receivePacket(message),
        () => socket.terminate(),
      )
    else {
      socket.close(CLOSE_TEXT)
      session.carrierClosed('a text message came')
    }
  })
  socket.on('error', (error) => session.carrierClosed(error.message))
  socket.on('close', () => session.carrierClosed())
  session.start()
  return session
}

/** What a stranger sends may find a fault of ours: it costs that connection, and is told, but never ends the process. */
const contain = (session: HmpSession, step: () => void, end: () => void): void => {
  try {
    step()
  } catch (fault) {
    process.emitWarning(fault instanceof Error ? fault : String(fault))
    session.carrierClosed('a fault of ours, told as a warning of the process')
    end()
  }
}

const whole = { binary: true, compress: false, fin: true }
const begun = { binary: true, compress: false, fin: false }
