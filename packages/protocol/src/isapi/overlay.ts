// SPDX-License-Identifier: Apache-2.0
/** What is written into a channel's picture: its name, the date, lines of text; and the name itself. */
import { Refusal } from '../base/errors.ts'
import { booleanAt, childrenOf, find, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { type ChannelPlace, channelPath } from './detection.ts'
import { type Point, rasterOf, readPoint, writePoint } from './region.ts'
import type { Resource } from './resource.ts'

/** Something that is shown at a place: from the top left, 0 to 1. */
interface Shown {
  readonly isShown: boolean | undefined
  readonly at: Point | undefined
}

export interface OverlaySettings {
  readonly name: Shown
  readonly date: Shown & {
    /** `YYYY-MM-DD`, `MM-DD-YYYY`, `DD-MM-YYYY` ... */
    readonly format: string | undefined
    /** `24hour`, `12hour`. */
    readonly clock: string | undefined
    readonly isWeekdayShown: boolean | undefined
  }
  /** As many lines as the device has room for. */
  readonly texts: readonly (Shown & { readonly id: number; readonly text: string })[]
}

export interface OverlayChange {
  readonly name?: Partial<OverlaySettings['name']>
  readonly date?: Partial<OverlaySettings['date']>
  /** By their number; the others stay. */
  readonly texts?: readonly ({ readonly id: number } & Partial<OverlaySettings['texts'][number]>)[]
}

/** Where firmware does not say, it counts on this raster. */
const RASTER = { width: 704, height: 576 }

const textsOf = (root: XmlElement): XmlElement[] => childrenOf(find(root, 'TextOverlayList'), 'TextOverlay')

export const overlayResource = (place: ChannelPlace): Resource<OverlaySettings, OverlayChange> => ({
  path: channelPath(place, 'overlays'),
  read: (root) => {
    const shown = (from: XmlElement | undefined): Shown => ({
      isShown: booleanAt(from, 'enabled'),
      at: readPoint(from, rasterOf(root, RASTER)),
    })
    const date = find(root, 'DateTimeOverlay')
    return {
      name: shown(find(root, 'channelNameOverlay')),
      date: {
        ...shown(date),
        format: textAt(date, 'dateStyle'),
        clock: textAt(date, 'timeStyle'),
        isWeekdayShown: booleanAt(date, 'displayWeek'),
      },
      texts: textsOf(root).map((one) => ({
        id: numberAt(one, 'id') ?? 0,
        text: textAt(one, 'displayText') ?? '',
        ...shown(one),
      })),
    }
  },
  write: (root, { name, date, texts = [] }) => {
    const show = (to: XmlElement, { isShown, at }: Partial<Shown>): void => {
      if (isShown !== undefined) setText(to, 'enabled', isShown)
      if (at !== undefined) writePoint(to, at, rasterOf(root, RASTER))
    }
    if (name) show(mustHave(root, 'channelNameOverlay', 'name'), name)
    if (date) {
      const to = mustHave(root, 'DateTimeOverlay', 'date')
      show(to, date)
      if (date.format !== undefined) setText(to, 'dateStyle', date.format)
      if (date.clock !== undefined) setText(to, 'timeStyle', date.clock)
      if (date.isWeekdayShown !== undefined) setText(to, 'displayWeek', date.isWeekdayShown)
    }
    for (const change of texts) {
      const to = textsOf(root).find((one) => numberAt(one, 'id') === change.id)
      if (!to)
        throw new Refusal(
          'invalid',
          'setting.range',
          `the picture has ${textsOf(root).length} lines, and none ${change.id}`,
        )
      show(to, change)
      if (change.text !== undefined) setText(to, 'displayText', change.text)
    }
  },
})

const mustHave = (root: XmlElement, path: string, what: string): XmlElement => {
  const found = find(root, path)
  if (!found) throw new Refusal('conflict', 'setting.absent', `the device writes no ${what} into its picture`)
  return found
}

/** What a channel is called. */
export interface ChannelName {
  readonly name: string | undefined
}
export const channelNameResource = (place: ChannelPlace): Resource<ChannelName, Partial<ChannelName>> => ({
  path: place.isProxied
    ? `/ISAPI/ContentMgmt/InputProxy/channels/${place.channel}`
    : `/ISAPI/System/Video/inputs/channels/${place.channel}`,
  read: (root) => ({ name: textAt(root, 'name') }),
  write: (root, { name }) => {
    if (name !== undefined) setText(root, 'name', name)
  },
})
