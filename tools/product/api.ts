// SPDX-License-Identifier: Apache-2.0
/** The REST API as a script uses it: signs in once, then asks. The certificate is the product's own, so it is not checked here. */
import { request } from 'node:https'
import type { Product } from './start.ts'

export interface Api {
  readonly cookie: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  patch<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body?: unknown): Promise<T>
}

interface Answer {
  readonly status: number
  readonly cookie: string
  readonly text: string
}

const ask = (url: string, method: string, path: string, cookie: string, body: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const asking = request(
      `${url}/api/v1${path}`,
      {
        method,
        rejectUnauthorized: false,
        headers: {
          origin: url,
          ...(cookie && { cookie }),
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      },
      (answer) => {
        let got = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          got += chunk
        })
        answer.on('end', () => {
          const set = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
          resolve({ status: answer.statusCode ?? 0, cookie: set, text: got })
        })
      },
    )
    asking.on('error', reject)
    asking.end(text)
  })

/** Signs in as the administrator that `HMP_ADMIN_PASSWORD` made. */
export const signIn = async ({ url, password }: Product): Promise<Api> => {
  const { status, cookie, text } = await ask(url, 'POST', '/session', '', { name: 'admin', password })
  if (status !== 200) throw new Error(`sign-in: ${status} ${text}`)
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await ask(url, method, path, cookie, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return JSON.parse(answer.text || 'null') as T
  }
  return {
    cookie,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    put: (path, body) => call('PUT', path, body),
  }
}
