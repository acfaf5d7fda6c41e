// SPDX-License-Identifier: Apache-2.0
/** How the ISAPI tree is written down: a list of routes, each a method, a path and a handler. */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import type { Account } from '../device/account.ts'
import type { Answer } from './answer.ts'
import type { DeviceCore } from './core.ts'

/** What a handler knows of its request. */
export interface Routed {
  readonly core: DeviceCore
  /** Numbers of the path, in order. */
  readonly ids: readonly number[]
  /** What stood for `*`, or the last number, as text. */
  readonly tail: string
  readonly query: URLSearchParams
  /** The body's root; undefined when there is none, or it is not XML. */
  readonly body: XmlElement | undefined
  readonly user: Account
  /** The web session that let the request in, where it was one. */
  readonly session: string | undefined
  /** The body as it came, whatever it is. */
  readonly bytes: Uint8Array
}

/** One entry of the tree. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below `/ISAPI`; `#` stands for a number, `*` for a word. Compared without case, as devices do. */
  readonly path: string
  /** The lowest level that may; default Viewer. */
  readonly needs?: Account['level']
  /**
   * Who need not log in; default nobody. `anyone`: never (a request without a login is then the administrator's);
   * `before-activation`: while the device has no password yet, when all else is refused.
   */
  readonly open?: 'anyone' | 'before-activation'
  /** The body is no document: `bytes` alone is told. */
  readonly isRaw?: boolean
  handle(request: Routed): Answer
}

/** A document with the root's version and namespace. */
export const document = (
  core: DeviceCore,
  name: string,
  children: readonly XmlElement[],
  more: Record<string, string> = {},
): XmlElement => element(name, children, { version: '2.0', xmlns: core.profile.namespace, ...more })

/** A document or an answer, read only. */
export const get = (path: string, handle: (request: Routed) => XmlElement | Answer): Route => ({
  method: 'GET',
  path,
  handle: (request) => {
    const made = handle(request)
    return 'children' in made ? { document: request.core.settings.apply(resourceOf(path, request.ids), made) } : made
  },
})

/** A document that can be written as well, and is read back as written. */
export const put = (
  path: string,
  build: (request: Routed) => XmlElement,
  readOnly: readonly string[] = [],
): Route[] => [
  get(path, build),
  {
    method: 'PUT',
    path,
    needs: 'Operator',
    handle: (request) => {
      if (!request.body) return { status: 'badXmlFormat' }
      const resource = resourceOf(path, request.ids)
      const { settings } = request.core
      settings.merge(resource, settings.apply(resource, build(request)), request.body, ['id', ...readOnly])
      return { status: 'ok' }
    },
  },
]

/** `/Streaming/channels/#` and 101: `/Streaming/channels/101`. */
export const resourceOf = (path: string, ids: readonly number[]): string => {
  let i = 0
  return path.replace(/#/g, () => String(ids[i++] ?? 0))
}
