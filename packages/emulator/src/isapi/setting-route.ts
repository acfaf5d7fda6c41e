// SPDX-License-Identifier: Apache-2.0
/**
 * A document that the owner may change, with what it may be changed to: GET and PUT of the document, GET of its
 * `/capabilities`. Limits stand as attributes at the places: `opt` (one of these), `min` and `max`.
 */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import { get, type Route, type Routed, resourceOf } from './route.ts'

/** Makes a leaf; its limits show up in capabilities alone. */
export type Leaf = (
  name: string,
  value: string | number | boolean,
  limits?: Readonly<Record<string, string>>,
) => XmlElement

/** How a document is made. */
export interface SettingRoute {
  readonly path: string
  /** As it left the factory. Throws `IsapiRefusal` where this device has no such thing. */
  readonly build: (request: Routed, leaf: Leaf) => XmlElement
  /** Names of elements that cannot be changed. */
  readonly readOnly?: readonly string[]
  /** Default: `/capabilities` behind the path. */
  readonly capabilities?: string
  /** After a change, or instead of it by throwing `IsapiRefusal`. */
  readonly check?: (request: Routed) => void
}

/** Without limits. */
export const plain: Leaf = (name, value) => element(name, value)
/** With them. */
export const limited: Leaf = (name, value, limits = {}) => element(name, value, limits)

/** The routes of one document. */
export const setting = ({ path, build, readOnly = [], capabilities, check }: SettingRoute): Route[] => [
  get(path, (request) => build(request, plain)),
  get(capabilities ?? `${path}/capabilities`, (request) => {
    return request.core.settings.apply(resourceOf(path, request.ids), build(request, limited))
  }),
  {
    method: 'PUT',
    path,
    needs: 'Operator',
    handle: (request) => {
      if (!request.body) return { status: 'badXmlFormat' }
      const resource = resourceOf(path, request.ids)
      const { settings } = request.core
      const inForce = settings.apply(resource, build(request, limited))
      check?.(request)
      settings.merge(resource, inForce, request.body, ['id', ...readOnly])
      return { status: 'ok' }
    },
  },
]
