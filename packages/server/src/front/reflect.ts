// SPDX-License-Identifier: Apache-2.0
/**
 * The three functions of the Reflect metadata proposal that @peculiar/x509's dependency container asks for when it is
 * loaded. Import before it. Left alone when somebody else has brought the whole polyfill.
 */
const table = new WeakMap<object, Map<unknown, unknown>>()

const own = (target: object, key: unknown): unknown => table.get(target)?.get(key)

const inherited = (target: object | null, key: unknown): unknown => {
  for (let at = target; at; at = Object.getPrototypeOf(at) as object | null) {
    const value = own(at, key)
    if (value !== undefined) return value
  }
  return undefined
}

const define = (key: unknown, value: unknown, target: object): void => {
  const metadata = table.get(target) ?? new Map<unknown, unknown>()
  table.set(target, metadata.set(key, value))
}

if (!('getMetadata' in Reflect))
  Object.assign(Reflect, {
    defineMetadata: define,
    getMetadata: (key: unknown, target: object) => inherited(target, key),
    getOwnMetadata: (key: unknown, target: object) => own(target, key),
  })
