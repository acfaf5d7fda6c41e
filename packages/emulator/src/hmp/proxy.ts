// SPDX-License-Identifier: Apache-2.0
/** A way through an HTTP proxy that was named (hmp.md §2): a TCP connection that ends at the CMS. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LinkError } from '@openhmp/protocol/base'
import { formatConnect, readConnectAnswer } from '@openhmp/protocol/http'

/** `proxy`: `http://host:port`, an account in it where the proxy wants one. Rejects with `LinkError` `proxy.*`, or the signal's reason. */
export const openTunnel = async (proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> => {
  const address = proxy.host
  const socket = connect(Number(proxy.port || 80), proxy.hostname.replace(/^\[|\]$/g, ''))
  try {
    await once(socket, 'connect', { signal })
    const account = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
    const login = proxy.username === '' ? undefined : `Basic ${Buffer.from(account).toString('base64')}`
    socket.write(formatConnect(`${host.includes(':') ? `[${host}]` : host}:${port}`, login))
    let head = Buffer.alloc(0)
    for (;;) {
      const [part] = (await once(socket, 'data', { signal })) as [Buffer]
      socket.pause()
      head = Buffer.concat([head, part])
      const answer = readConnectAnswer(head)
      if (!answer) {
        socket.resume()
        continue
      }
      const { status, reason, length } = answer
      if (status < 200 || status > 299)
        throw new LinkError('proxy.refused', `the proxy ${address} answers ${status} ${reason}`.trim(), { address })
      if (head.length > length) socket.unshift(head.subarray(length))
      return socket
    }
  } catch (error) {
    socket.on('error', () => {}) // destroyed on purpose
    socket.destroy()
    throw error
  }
}
