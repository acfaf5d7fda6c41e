// SPDX-License-Identifier: Apache-2.0
/** A pair of neighbouring UDP ports, even then odd (RFC 3550 §11), from which a device sends all its RTP and RTCP. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { LinkError } from '@openhmp/protocol/base'

const MAX_TRIES = 64

/** Two bound sockets. */
export interface UdpPair extends AsyncDisposable {
  readonly sockets: readonly [rtp: Socket, rtcp: Socket]
  readonly ports: readonly [rtp: number, rtcp: number]
}

/** Binds a free pair on `host`. Throws `LinkError` `rtsp.no-ports`. */
export const bindUdpPair = async (host: string): Promise<UdpPair> => {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const first = await bind(host, 0)
    const port = first?.address().port ?? 0
    const second = first && port % 2 === 0 ? await bind(host, port + 1) : undefined
    if (first && second) return pairOf(first, second, port)
    first?.close()
  }
  throw new LinkError('rtsp.no-ports', `no free pair of UDP ports on ${host}`, { address: host })
}

const bind = async (host: string, port: number): Promise<Socket | undefined> => {
  const type = host.includes(':') ? 'udp6' : 'udp4'
  // Addresses are numbers already: a lookup that answers at once saves a turn of the event loop for each datagram.
  const socket = createSocket({
    type,
    sendBufferSize: 1024 * 1024,
    lookup: (address, _options, callback) => callback(null, address, type === 'udp6' ? 6 : 4),
  })
  const listening = once(socket, 'listening') // with such a lookup `bind` tells it before it returns
  socket.bind(port, host)
  try {
    await listening
    return socket
  } catch {
    socket.close()
    return undefined
  }
}

const pairOf = (rtp: Socket, rtcp: Socket, port: number): UdpPair => {
  // A client that is gone answers with ICMP, which shows up here: its session ends by its own silence.
  for (const socket of [rtp, rtcp]) socket.on('error', () => undefined)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const closed = [rtp, rtcp].map((socket) => once(socket, 'close'))
    for (const socket of [rtp, rtcp]) socket.close()
    await Promise.all(closed)
  }
  return {
    sockets: [rtp, rtcp],
    ports: [port, port + 1],
    [Symbol.asyncDispose]: () => {
      closing ??= close()
      return closing
    },
  }
}
