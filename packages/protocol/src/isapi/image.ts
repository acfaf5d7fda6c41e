// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/Image/channels/N`: how a channel's picture looks. Firmware takes the document whole, or each part by its own path. */
import { Refusal } from '../base/errors.ts'
import { booleanAt, find, localName, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { mustBeLevel } from './region.ts'
import type { Resource } from './resource.ts'

/** Levels are 0 to 100. What the device does not have is undefined. */
export interface ImageSettings {
  readonly brightness: number | undefined
  readonly contrast: number | undefined
  readonly saturation: number | undefined
  readonly sharpness: number | undefined
  /** `auto`, `day`, `night`, `schedule`. */
  readonly dayNight: string | undefined
  /** Wide dynamic range: `off`, `on`, `auto`. */
  readonly wdr: string | undefined
  readonly wdrLevel: number | undefined
  /** `none`, `horizontal`, `vertical`, `both`. */
  readonly mirror: string | undefined
}
export type ImageChange = Partial<ImageSettings>

/** Parts of the document: the path behind the channel, the element, and the settings that are in it. */
export const imageParts = {
  color: { path: 'color', element: 'Color', names: ['brightness', 'contrast', 'saturation'] },
  sharpness: { path: 'sharpness', element: 'Sharpness', names: ['sharpness'] },
  dayNight: { path: 'ircutFilter', element: 'IrcutFilter', names: ['dayNight'] },
  wdr: { path: 'WDR', element: 'WDR', names: ['wdr', 'wdrLevel'] },
  mirror: { path: 'imageFlip', element: 'ImageFlip', names: ['mirror'] },
} as const satisfies Record<string, { path: string; element: string; names: readonly (keyof ImageSettings)[] }>
export type ImagePart = keyof typeof imageParts

/** The whole document, or with `part` one part of it. */
export const imageResource = (channel: number, part?: ImagePart): Resource<ImageSettings, ImageChange> => ({
  path: `/ISAPI/Image/channels/${channel}${part === undefined ? '' : `/${imageParts[part].path}`}`,
  read: (root) => ({
    brightness: numberAt(partAt(root, 'color'), 'brightnessLevel'),
    contrast: numberAt(partAt(root, 'color'), 'contrastLevel'),
    saturation: numberAt(partAt(root, 'color'), 'saturationLevel'),
    sharpness: numberAt(partAt(root, 'sharpness'), 'SharpnessLevel'),
    dayNight: textAt(partAt(root, 'dayNight'), 'IrcutFilterType'),
    wdr: wordOf(wdrModes, textAt(partAt(root, 'wdr'), 'mode')),
    wdrLevel: numberAt(partAt(root, 'wdr'), 'WDRLevel'),
    mirror: readMirror(partAt(root, 'mirror')),
  }),
  write: (root, change) => {
    const levels = [
      ['brightness', 'color', 'brightnessLevel'],
      ['contrast', 'color', 'contrastLevel'],
      ['saturation', 'color', 'saturationLevel'],
      ['sharpness', 'sharpness', 'SharpnessLevel'],
      ['wdrLevel', 'wdr', 'WDRLevel'],
    ] as const
    for (const [name, of, place] of levels)
      if (change[name] !== undefined) setText(mustHave(root, of), place, mustBeLevel(name, change[name]))
    const { dayNight, wdr, mirror } = change
    if (dayNight !== undefined) setText(mustHave(root, 'dayNight'), 'IrcutFilterType', dayNight)
    if (wdr !== undefined) setText(mustHave(root, 'wdr'), 'mode', deviceWord('wdr', wdrModes, wdr))
    if (mirror !== undefined) writeMirror(mustHave(root, 'mirror'), mirror)
  },
})

const wdrModes = { off: 'close', on: 'open', auto: 'auto' } as const
const mirrorStyles = { horizontal: 'LEFTRIGHT', vertical: 'UPDOWN', both: 'CENTER' } as const

/** Ours of the device's; its own where we have none. */
const wordOf = (words: Readonly<Record<string, string>>, told: string | undefined): string | undefined =>
  Object.keys(words).find((word) => words[word]!.toLowerCase() === told?.toLowerCase()) ?? told

const deviceWord = (what: string, words: Readonly<Record<string, string>>, word: string): string => {
  const found = Object.hasOwn(words, word) ? words[word] : undefined
  if (found === undefined)
    throw new Refusal('invalid', 'setting.range', `${what} is one of ${Object.keys(words).join(', ')}, not ${word}`)
  return found
}

const readMirror = (flip: XmlElement | undefined): string | undefined => {
  const isOn = booleanAt(flip, 'enabled')
  return isOn === false ? 'none' : isOn ? wordOf(mirrorStyles, textAt(flip, 'ImageFlipStyle')) : undefined
}

const writeMirror = (flip: XmlElement, mirror: string): void => {
  setText(flip, 'enabled', mirror !== 'none')
  if (mirror !== 'none') setText(flip, 'ImageFlipStyle', deviceWord('mirror', { none: '', ...mirrorStyles }, mirror))
}

/** The part of a whole document, or the document when it is that part. */
const partAt = (root: XmlElement, part: ImagePart): XmlElement | undefined => {
  const { element } = imageParts[part]
  return localName(root).toLowerCase() === element.toLowerCase() ? root : find(root, element)
}

const mustHave = (root: XmlElement, part: ImagePart): XmlElement => {
  const found = partAt(root, part)
  if (!found) throw new Refusal('conflict', 'setting.absent', `the picture of this channel has no ${part}`)
  return found
}
