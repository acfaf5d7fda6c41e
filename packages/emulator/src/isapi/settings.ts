// SPDX-License-Identifier: Apache-2.0
/**
 * What the owner changed, by resource and place in its document. A GET builds the document as it left the factory and lays
 * these over it; a PUT compares what came with what is there. So every document can be written and read back, and no
 * handler keeps state of its own.
 */
import { attributeOf, localName, type XmlElement } from '@openhmp/protocol/xml'
import { keepBy, type SettingRule } from '../device/setting-rule.ts'
import { IsapiRefusal } from './answer.ts'
import { isPacked, MAX_PACKED_LENGTH, pack, unpack } from './packed.ts'

/** Most values that are kept; real devices have flash of a few megabytes. */
export const MAX_SETTINGS = 10_000
/** Longest value, in characters. */
export const MAX_SETTING_LENGTH = 256

/** The changed values of one device. They outlive a reboot. */
export class Settings {
  readonly #onChange: (() => void) | undefined
  readonly #rules: readonly SettingRule[]
  #values = new Map<string, string>()

  constructor(onChange?: () => void, rules: readonly SettingRule[] = []) {
    this.#onChange = onChange
    this.#rules = rules
  }

  get(resource: string, place: string): string | undefined {
    return this.#values.get(`${resource}#${place}`)
  }

  set(resource: string, place: string, value: string): void {
    if (this.#values.size >= MAX_SETTINGS && this.get(resource, place) === undefined)
      throw new IsapiRefusal('deviceError')
    this.#values.set(`${resource}#${place}`, value)
    this.#onChange?.()
  }

  /** All values by `resource#place`, as `replace` takes them back: for a backup. */
  toJSON(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#values)
  }

  /** Puts others in place of all. Throws the refusal when they are too many or too long. */
  replace(values: Readonly<Record<string, string>>): void {
    const rows = Object.entries(values)
    if (rows.length > MAX_SETTINGS || rows.some(([, value]) => value.length > MAX_PACKED_LENGTH))
      throw new IsapiRefusal('badParameters')
    this.#values = new Map(rows)
    this.#onChange?.()
  }

  /** Back to the factory, but for resources that begin with one of `kept`. */
  reset(kept: readonly string[]): void {
    const rows = [...this.#values].filter(([key]) => kept.some((path) => key.startsWith(path)))
    this.#values = new Map(rows)
    this.#onChange?.()
  }

  /** The document with what was changed laid over it. */
  apply(resource: string, document: XmlElement): XmlElement {
    return this.#apply(resource, document, '')
  }

  #apply(resource: string, part: XmlElement, place: string): XmlElement {
    if (isPacked(part)) {
      const value = this.get(resource, place)
      return value === undefined ? part : { ...part, children: unpack(part.name, value) }
    }
    if (part.children.length === 0) {
      const value = this.get(resource, place)
      return value === undefined ? part : { ...part, text: value }
    }
    const places = childPlaces(part.children, place)
    return { ...part, children: part.children.map((child, i) => this.#apply(resource, child, places[i]!)) }
  }

  /**
   * Takes over what `written` changes in `document` (which is as it is in force). Values keep their kind: a number stays
   * one, a truth value stays one. `readOnly` names elements that are ignored; elements that the device does not know are
   * ignored as well. Throws `IsapiRefusal`.
   */
  merge(resource: string, document: XmlElement, written: XmlElement, readOnly: readonly string[] = []): void {
    this.mergeAll([{ resource, document, written, readOnly }])
  }

  /** Several documents at once: all of them, or none. */
  mergeAll(documents: readonly Merging[]): void {
    const sets: (readonly [resource: string, place: string, value: string])[] = []
    for (const { resource, document, written, readOnly = [] } of documents) {
      if (localName(written).toLowerCase() !== document.name.toLowerCase()) throw new IsapiRefusal('badXmlContent')
      const changes = new Map<string, string>()
      collect(document, written, '', readOnly, changes)
      for (const [place, value] of changes) {
        const kept = keepBy(this.#rules, resource + place, value)
        if (kept === 'refused') throw new IsapiRefusal('badParameters')
        if (kept !== 'ignored') sets.push([resource, place, kept.value])
      }
    }
    for (const [resource, place, value] of sets) this.set(resource, place, value)
  }
}

/** One document that is written: see `merge`. */
interface Merging {
  readonly resource: string
  readonly document: XmlElement
  readonly written: XmlElement
  readonly readOnly?: readonly string[]
}

/** Place of each child: its name, and its number where several bear it. */
function childPlaces(parts: readonly { readonly name: string }[], place: string): string[] {
  const seen = new Map<string, number>()
  return parts.map(({ name }) => {
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    return `${place}/${name}${count === 0 ? '' : `[${count}]`}`
  })
}

function collect(
  part: XmlElement,
  written: XmlElement,
  place: string,
  readOnly: readonly string[],
  changes: Map<string, string>,
): void {
  if (readOnly.includes(part.name)) return
  if (isPacked(part)) {
    const value = pack(part.name, written)
    if (value === undefined) throw new IsapiRefusal('badParameters')
    if (value !== pack(part.name, part)) changes.set(place, value)
    return
  }
  if (part.children.length === 0) {
    if (written.text === part.text || written.children.length > 0) return
    if (written.text.length > MAX_SETTING_LENGTH || !isAllowed(part, written.text))
      throw new IsapiRefusal('badParameters')
    changes.set(place, written.text)
    return
  }
  const parts = part.children
  const places = childPlaces(parts, place)
  const used = new Map<string, number>()
  for (const child of written.children) {
    const nth = used.get(localName(child)) ?? 0
    used.set(localName(child), nth + 1)
    const index = parts.findIndex(
      (one, i) => one.name === localName(child) && places[i]!.endsWith(nth === 0 ? one.name : `[${nth}]`),
    )
    if (index >= 0) collect(parts[index]!, child, places[index]!, readOnly, changes)
  }
}

/** A value of the kind that is there; where the document names options (`opt`) or limits (`min`, `max`), within them. */
function isAllowed(part: XmlElement, written: string): boolean {
  const value = part.text
  const options = attributeOf(part, 'opt')
  if (options !== undefined) return options.split(',').includes(written)
  const [least, most] = [attributeOf(part, 'min'), attributeOf(part, 'max')]
  if (least !== undefined && most !== undefined)
    return /^-?\d{1,9}$/.test(written) && Number(written) >= Number(least) && Number(written) <= Number(most)
  if (value === 'true' || value === 'false') return written === 'true' || written === 'false'
  return !/^\d+$/.test(value) || /^-?\d{1,9}$/.test(written)
}
