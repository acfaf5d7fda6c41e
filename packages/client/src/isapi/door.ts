// SPDX-License-Identifier: Apache-2.0
/** A device's ISAPI over any way that carries requests: HMP for one. Answers are judged as those over HTTP are. */
import { utf8 } from '@openhmp/protocol/base'
import { confirmationOf, documentOf } from './answer.ts'
import type { IsapiAnswer, IsapiRequestOptions } from './options.ts'
import type { IsapiDoor } from './resource.ts'

/** One request and its answer, whatever its status. */
export type IsapiExchange = (
  request: { readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'; readonly path: string; readonly body?: Uint8Array },
  options: IsapiRequestOptions,
) => Promise<IsapiAnswer>

/** Makes a door. `name` stands in errors, for people. */
export const doorOver = (name: string, exchange: IsapiExchange): IsapiDoor => {
  const where = (method: string, path: string) => `${name}: ${method} ${path}`
  const withBody =
    (method: 'PUT' | 'POST') =>
    (path: string, body: string | Uint8Array = '', options: IsapiRequestOptions = {}) =>
      exchange({ method, path, body: typeof body === 'string' ? utf8(body) : body }, options)
  const get = (path: string, options: IsapiRequestOptions = {}) => exchange({ method: 'GET', path }, options)
  const put = withBody('PUT')
  return {
    name,
    get,
    put,
    post: withBody('POST'),
    delete: (path, options = {}) => exchange({ method: 'DELETE', path }, options),
    getXml: async (path, options) => documentOf(await get(path, options), where('GET', path)),
    putXml: async (path, body, options) => confirmationOf(await put(path, body, options), where('PUT', path)),
  }
}
