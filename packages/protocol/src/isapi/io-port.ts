// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/System/IO`: alarm inputs and outputs of a device; `/ISAPI/ContentMgmt/IOProxy`: those of a recorder's cameras. */
import { Refusal } from '../base/errors.ts'
import {
  booleanAt,
  childrenOf,
  element,
  find,
  localName,
  numberAt,
  setText,
  textAt,
  type XmlElement,
} from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'
import type { Resource } from './resource.ts'

/** An alarm input. */
export interface IoInput {
  readonly name: string
  readonly isEnabled: boolean | undefined
  /** What counts as an alarm: `high` (contact closed) or `low`. */
  readonly triggering: string | undefined
}

/** A relay. */
export interface IoOutput {
  readonly name: string
  /** What it is at rest: `low` or `high`. */
  readonly restState: string | undefined
  /** How long a pulse lasts, in milliseconds, where the firmware has it. */
  readonly pulseMs: number | undefined
}

/** One port and its number. */
export type Numbered<T> = T & { readonly id: number }

/** A recorder numbers the ports of its cameras from 101: channel * 100 + port. Its own are 1 and up. */
const FIRST_PROXIED = 101

/** Where the ports of a device are, and on recorders those of its cameras. */
export const ioLists = (kind: 'inputs' | 'outputs'): readonly string[] => [
  `/ISAPI/System/IO/${kind}`,
  `/ISAPI/ContentMgmt/IOProxy/${kind}`,
]

/** The path of a port by its number. */
export const ioPortPath = (kind: 'inputs' | 'outputs', id: number): string =>
  `${ioLists(kind)[id >= FIRST_PROXIED ? 1 : 0]}/${id}`

const members = (root: XmlElement, name: string): XmlElement[] =>
  [name, name.replace('IO', 'IOProxy')].flatMap((one) =>
    localName(root).toLowerCase() === one.toLowerCase() ? [root] : childrenOf(root, one),
  )
const numbered = <T>(root: XmlElement, name: string, read: (from: XmlElement) => T): Numbered<T>[] =>
  members(root, name).flatMap((one) => {
    const id = numberAt(one, 'id')
    return id === undefined ? [] : [{ id, ...read(one) }]
  })

const readInput = (from: XmlElement): IoInput => ({
  name: textAt(from, 'name') ?? '',
  isEnabled: booleanAt(from, 'enabled'),
  triggering: textAt(from, 'triggering'),
})
const readOutput = (from: XmlElement): IoOutput => ({
  name: textAt(from, 'name') ?? '',
  restState: textAt(from, 'PowerOnState/defaultState'),
  pulseMs: numberAt(from, 'PowerOnState/pulseDuration'),
})

export const readIoInputs = (root: XmlElement): Numbered<IoInput>[] => numbered(root, 'IOInputPort', readInput)
export const readIoOutputs = (root: XmlElement): Numbered<IoOutput>[] => numbered(root, 'IOOutputPort', readOutput)

export const ioInputResource = (id: number): Resource<IoInput, Partial<IoInput>> => ({
  path: ioPortPath('inputs', id),
  read: readInput,
  write: (root, { name, isEnabled, triggering }) => {
    if (name !== undefined) setText(root, 'name', name)
    if (isEnabled !== undefined) setText(root, 'enabled', isEnabled)
    if (triggering !== undefined) setText(root, 'triggering', triggering)
  },
})

export const ioOutputResource = (id: number): Resource<IoOutput, Partial<IoOutput>> => ({
  path: ioPortPath('outputs', id),
  read: readOutput,
  write: (root, { name, restState, pulseMs }) => {
    if (name !== undefined) setText(root, 'name', name)
    if ((restState !== undefined || pulseMs !== undefined) && !find(root, 'PowerOnState'))
      throw new Refusal('conflict', 'setting.absent', 'the output has no state of its own to be set')
    if (restState !== undefined) setText(root, 'PowerOnState/defaultState', restState)
    if (pulseMs !== undefined) setText(root, 'PowerOnState/pulseDuration', pulseMs)
  },
})

/** What a port is now (`IOPortStatus`); undefined when the device does not tell. */
export const readPortIsActive = (root: XmlElement): boolean | undefined => {
  const state = textAt(root, 'ioState')?.toLowerCase()
  return state === 'active' ? true : state === 'inactive' ? false : undefined
}

/** Switches an output: `high` is on. With `pulseMs` it goes off by itself, where the firmware knows that. */
export const ioPortDataElement = (state: 'high' | 'low', pulseMs?: number): XmlElement =>
  isapiRoot('IOPortData', [
    element('outputState', state),
    ...(pulseMs === undefined ? [] : [element('pulseDuration', pulseMs)]),
  ])
