// SPDX-License-Identifier: Apache-2.0
/** How firmware differs in the settings of events and media: what is there, refused, rounded, ignored. */

import type { SettingRule } from './setting-rule.ts'

/** Smart functions by the word of their trigger. */
export type SmartFunction =
  | 'linedetection'
  | 'fielddetection'
  | 'regionEntrance'
  | 'regionExiting'
  | 'scenechangedetection'
  | 'audioexception'

/** One family's. */
export interface MediaTraits {
  readonly smart: readonly SmartFunction[]
  /** Event types that come from the factory without `center`: no CMS hears of them. */
  readonly unlinked: readonly string[]
  /** Ways in which links are taken: the trigger whole, its notifications, the list of all triggers. */
  readonly linkForms: readonly ('trigger' | 'notifications' | 'list')[]
  /** Motion: `human` and `vehicle` can be told apart, and regions stand beside the grid. */
  readonly hasTargets: boolean
  /** Each rule of a smart function has a switch of its own. */
  readonly hasRuleSwitch: boolean
  /** Parts of a picture's looks that there are, by the word of their path. */
  readonly imageParts: readonly string[]
  /** The looks are taken in one document; else only part by part. */
  readonly takesWholeImage: boolean
  /** An output may be switched on for a while; else what is said of it is ignored. */
  readonly hasPulses: boolean
  /** Places that events may be sent to, and whether they are taken in one list; else each alone. */
  readonly httpHosts: number
  readonly takesHttpHostList: boolean
  /** An event is sent there as a form with one part; else as a document. */
  readonly pushesForms: boolean
  /** Loudspeakers; an opened one has a session that is named with the sound, or is just open. */
  readonly talkChannels: number
  readonly hasTalkSessions: boolean
  /** Events can be subscribed to. */
  readonly hasSubscription: boolean
  /** Its own log: lines it keeps, lines of a page, and after how many a search just ends; undefined: it cannot be searched. */
  readonly log: { readonly lines: number; readonly page: number; readonly most: number } | undefined
  /** The law of the sound from the factory. */
  readonly talkCodec: 'G.711ulaw' | 'G.711alaw'
}

/** A camera of today. */
export const traits: MediaTraits = {
  smart: [
    'linedetection',
    'fielddetection',
    'regionEntrance',
    'regionExiting',
    'scenechangedetection',
    'audioexception',
  ],
  unlinked: [],
  linkForms: ['trigger', 'notifications'],
  hasTargets: true,
  hasRuleSwitch: true,
  imageParts: ['imageFlip', 'WDR', 'ircutFilter', 'sharpness', 'color'],
  takesWholeImage: true,
  hasPulses: true,
  httpHosts: 3,
  takesHttpHostList: true,
  pushesForms: false,
  talkChannels: 1,
  hasTalkSessions: true,
  hasSubscription: true,
  log: { lines: 5000, page: 100, most: 2000 },
  talkCodec: 'G.711ulaw',
}

/** A camera of 2014. */
export const oldTraits: MediaTraits = {
  ...traits,
  smart: ['linedetection', 'fielddetection'],
  linkForms: ['list'],
  imageParts: ['ircutFilter', 'sharpness', 'color'],
  takesWholeImage: false,
  hasTargets: false,
  hasPulses: false,
  hasSubscription: false,
  log: undefined,
  hasTalkSessions: false,
  talkCodec: 'G.711alaw',
  httpHosts: 1,
}

/** A recorder, whose events come from its cameras. */
export const recorderTraits: MediaTraits = {
  ...traits,
  smart: ['linedetection', 'fielddetection', 'scenechangedetection'],
  linkForms: ['notifications', 'list'],
  httpHosts: 1,
  takesHttpHostList: false,
  log: { lines: 20_000, page: 64, most: 2000 },
  pushesForms: true,
  imageParts: ['color', 'sharpness'],
  takesWholeImage: false,
  hasRuleSwitch: false,
}

/** Firmware that knows six levels of sensitivity, where documents have a hundred. */
export const sixLevels: readonly SettingRule[] = [
  ...['/System/Video/inputs/channels/#', '/ContentMgmt/InputProxy/channels/#/video'].flatMap((channel) => [
    `${channel}/motionDetection/MotionDetectionLayout/sensitivityLevel`,
    `${channel}/tamperDetection/tampersensitivityLevel`,
  ]),
  '/Smart/LineDetection/#/LineItemList/LineItem/sensitivityLevel',
  '/Smart/FieldDetection/#/FieldDetectionRegionList/FieldDetectionRegion/sensitivityLevel',
].map((at) => ({ at, does: { step: 20 } }))
