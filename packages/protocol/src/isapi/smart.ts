// SPDX-License-Identifier: Apache-2.0
/**
 * Smart events (`/ISAPI/Smart`): lines that are crossed, fields that are entered, a scene or a sound that changes. Cameras
 * and recorders have them under the same paths; the letter case of the paths is the devices'.
 */
import { Refusal } from '../base/errors.ts'
import { booleanAt, childrenOf, find, localName, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { targetsAt, writeTargets } from './detection.ts'
import { mustBeLevel, type Point, pointListOf, rasterOf, readPoints, writePoints } from './region.ts'
import type { Resource } from './resource.ts'

/** The functions, and their words in paths. */
export const smartPaths = {
  lineCrossing: 'LineDetection',
  intrusion: 'FieldDetection',
  regionEntrance: 'regionEntrance',
  regionExit: 'regionExiting',
  sceneChange: 'SceneChangeDetection',
  audioException: 'AudioDetection',
} as const
export type SmartKind = keyof typeof smartPaths

/** A line or a field. */
export interface SmartRule {
  /** The device's number of it, from 1. */
  readonly id: number
  /** Undefined where the firmware has no switch for each. */
  readonly isEnabled: boolean | undefined
  /** 0 to 100. */
  readonly sensitivity: number | undefined
  /** Two points of a line, three or more of a field; none: not drawn. */
  readonly points: readonly Point[]
  /** Of a line: `any`, `left-right`, `right-left`. */
  readonly direction: string | undefined
  /** Of a field: how long something stays before it counts. */
  readonly afterSeconds: number | undefined
  readonly targets: readonly string[]
}

/** One function of one channel. */
export interface SmartSettings {
  readonly isEnabled: boolean | undefined
  /** Of functions without rules, 0 to 100. */
  readonly sensitivity: number | undefined
  readonly rules: readonly SmartRule[]
}

/** A rule that is named by its number changes in what is given; the others stay. */
export interface SmartChange {
  readonly isEnabled?: boolean
  readonly sensitivity?: number
  readonly rules?: readonly (Pick<SmartRule, 'id'> & Partial<SmartRule>)[]
}

export const smartResource = (kind: SmartKind, channel: number): Resource<SmartSettings, SmartChange> => ({
  path: `/ISAPI/Smart/${smartPaths[kind]}/${channel}`,
  read: (root) => ({
    isEnabled: booleanAt(root, 'enabled'),
    sensitivity: numberAt(root, 'sensitivityLevel'),
    rules: rulesOf(root).map((one) => readRule(root, one)),
  }),
  write: (root, { isEnabled, sensitivity, rules = [] }) => {
    if (isEnabled !== undefined) setText(root, 'enabled', isEnabled)
    if (sensitivity !== undefined) {
      if (!find(root, 'sensitivityLevel'))
        throw new Refusal('conflict', 'setting.absent', `${kind} has no sensitivity of its own; its rules may have`)
      setText(root, 'sensitivityLevel', mustBeLevel('the sensitivity', sensitivity))
    }
    for (const change of rules) {
      const rule = rulesOf(root).find((one) => numberAt(one, 'id') === change.id)
      if (!rule)
        throw new Refusal(
          'invalid',
          'setting.range',
          `${kind} has ${rulesOf(root).length} rules, and none ${change.id}`,
        )
      writeRule(root, rule, change, kind === 'lineCrossing')
    }
  },
})

/** Members of the one list that holds lines or regions. */
const rulesOf = (root: XmlElement): XmlElement[] => {
  const list = root.children.find((one) => /(line|region)\w*list$/i.test(localName(one)))
  return list ? childrenOf(list, localName(list).replace(/List$/i, '')) : []
}

const readRule = (root: XmlElement, rule: XmlElement): SmartRule => ({
  id: numberAt(rule, 'id') ?? 0,
  isEnabled: booleanAt(rule, 'enabled'),
  sensitivity: numberAt(rule, 'sensitivityLevel'),
  points: drawn(
    readPoints(
      rule.children.find((one) => /coordinateslist$/i.test(localName(one))),
      rasterOf(root),
    ),
  ),
  direction: textAt(rule, 'directionSensitivity'),
  afterSeconds: numberAt(rule, 'timeThreshold'),
  targets: targetsAt(rule, 'detectionTarget'),
})

/** A line that nobody drew begins and ends in one corner. */
const drawn = (points: Point[]): Point[] => {
  const [first] = points
  return points.every(({ x, y }) => x === first!.x && y === first!.y) ? [] : points
}

const CORNER: Point = { x: 0, y: 0 }

const writeRule = (root: XmlElement, rule: XmlElement, change: Partial<SmartRule>, isLine: boolean): void => {
  const { isEnabled, sensitivity, points, direction, afterSeconds, targets } = change
  // Firmware without a switch for each rule takes the drawn ones for switched on.
  if (isEnabled !== undefined && find(rule, 'enabled')) setText(rule, 'enabled', isEnabled)
  if (sensitivity !== undefined) setText(rule, 'sensitivityLevel', mustBeLevel('the sensitivity', sensitivity))
  if (points !== undefined) {
    const isDrawn = isLine ? points.length === 2 : points.length >= 3
    if (!isDrawn && points.length > 0)
      throw new Refusal(
        'invalid',
        'setting.range',
        isLine ? 'a line has two points' : 'a field has three points or more',
      )
    const written = isLine && points.length === 0 ? [CORNER, CORNER] : points
    writePoints(pointListOf(rule), written, rasterOf(root))
  }
  if (direction !== undefined) setText(rule, 'directionSensitivity', direction)
  if (afterSeconds !== undefined) setText(rule, 'timeThreshold', afterSeconds)
  if (targets !== undefined) writeTargets(rule, 'detectionTarget', targets)
}
