// SPDX-License-Identifier: Apache-2.0
/** A server that says exactly the bytes it is told, for tests of what a client makes of them. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** Called for each request head that has arrived; `text` is all since the last one. */
export type OnRequest = (socket: Socket, text: string) => void

export interface RawServer extends AsyncDisposable {
  readonly port: number
  /** Heads that arrived. */
  readonly requests: readonly string[]
  /** Connections that were taken. */
  readonly connections: number
}

/** Listens on a free port. */
export const openRawServer = async (
  onRequest: OnRequest,
  options: { readonly port?: number; readonly tls?: { readonly key: string; readonly cert: string } } = {},
): Promise<RawServer> => {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const take = (socket: Socket) => {
    connections++
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {}) // clients hang up as they like
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
        if (text.length < end + 4 + length) return
        requests.push(head)
        const whole = text.slice(0, end + 4 + length)
        text = text.slice(end + 4 + length)
        onRequest(socket, whole)
      }
    })
  }
  const server = options.tls ? createTlsServer(options.tls, take) : createServer(take)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An HTTP answer. */
export const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): string => {
  const all = { 'Content-Type': 'application/xml', 'Content-Length': String(Buffer.byteLength(body)), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

/** A `ResponseStatus`. */
export const said = (code: number, word: string): string =>
  `<?xml version="1.0"?><ResponseStatus version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><statusCode>${code}</statusCode><statusString>so</statusString><subStatusCode>${word}</subStatusCode></ResponseStatus>`
