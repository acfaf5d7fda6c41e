// SPDX-License-Identifier: Apache-2.0
/** Somebody who calls the API by hand. */
import { request } from 'node:https'
import { API_ROOT } from '@openhmp/contract'
import type { Server } from '../src/index.ts'

/** How one asks. */
export interface Asked {
  readonly cookie?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
  /** 127.0.x.1: each network has tries of its own. */
  readonly from?: number
  readonly type?: string
}
/** What was answered. */
export interface Said {
  readonly status: number
  readonly code: string
  readonly text: string
  readonly setCookie: string
}

/** Asks a server from a network of one's own, with whatever headers and body one likes. */
export const askAs = (
  server: Server,
  method: string,
  path: string,
  { cookie = '', headers = {}, body, from = 1, type }: Asked = {},
): Promise<Said> =>
  new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const all = {
      ...{ host: new URL(server.url).host, origin: server.url },
      ...(cookie === '' ? {} : { cookie }),
      ...(payload === undefined
        ? {}
        : { 'content-type': type ?? 'application/json', 'content-length': Buffer.byteLength(payload) }),
      ...headers,
    }
    const where = { host: '127.0.0.1', localAddress: `127.0.${from}.1`, port: server.port }
    const tls = { ca: server.caPem, servername: 'localhost', agent: false as const }
    const asking = request({ ...where, ...tls, method, path: API_ROOT + path, headers: all }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => {
        const code = /"code":"([^"]+)"/.exec(text)?.[1] ?? ''
        resolve({ status: answer.statusCode!, code, text, setCookie: answer.headers['set-cookie']?.join() ?? '' })
      })
    })
    asking.on('error', reject)
    asking.end(payload)
  })
