// SPDX-License-Identifier: Apache-2.0
/** Video inputs: a camera's or recorder's own (`/System/Video/inputs/channels`), and a recorder's IP cameras (`/ContentMgmt/InputProxy/channels`). */
import { booleanAt, childrenOf, localName, numberAt, textAt, type XmlElement } from '../xml/element.ts'

/** An input of the device itself. */
export interface VideoInputChannel {
  readonly id: number
  readonly name: string
  readonly isEnabled: boolean
}

/** An IP camera that a recorder has taken in. Its model and serial number may be wrong or missing. */
export interface InputProxyChannel {
  readonly id: number
  readonly name: string
  readonly protocol: string | undefined
  readonly ipAddress: string | undefined
  readonly model: string | undefined
  readonly serialNumber: string | undefined
}

/** How a recorder finds its IP camera. */
export interface InputProxyStatus {
  readonly id: number
  /** Undefined: the recorder does not say, which is no "offline". */
  readonly isOnline: boolean | undefined
  /** `connect`, `userOrPasswordError`, `notActivated` ... */
  readonly result: string | undefined
}

const withId = <T>(elements: readonly XmlElement[], read: (id: number, from: XmlElement) => T): T[] =>
  elements.flatMap((from) => {
    const id = numberAt(from, 'id')
    return id === undefined || !Number.isInteger(id) || id < 1 ? [] : [read(id, from)]
  })

/** The elements of a list, or the one element when a device answers a list with its only member. */
const members = (root: XmlElement, name: string): XmlElement[] =>
  localName(root).toLowerCase() === name.toLowerCase() ? [root] : childrenOf(root, name)

export const readVideoInputChannels = (root: XmlElement): VideoInputChannel[] =>
  withId(members(root, 'VideoInputChannel'), (id, from) => ({
    id,
    name: textAt(from, 'name') ?? '',
    isEnabled: booleanAt(from, 'videoInputEnabled') ?? true,
  }))

export const readInputProxyChannels = (root: XmlElement): InputProxyChannel[] =>
  withId(members(root, 'InputProxyChannel'), (id, from) => ({
    id,
    name: textAt(from, 'name') ?? '',
    protocol: textAt(from, 'sourceInputPortDescriptor/proxyProtocol'),
    ipAddress: textAt(from, 'sourceInputPortDescriptor/ipAddress'),
    model: textAt(from, 'sourceInputPortDescriptor/model'),
    serialNumber: textAt(from, 'sourceInputPortDescriptor/serialNumber'),
  }))

export const readInputProxyStatuses = (root: XmlElement): InputProxyStatus[] =>
  withId(members(root, 'InputProxyChannelStatus'), (id, from) => ({
    id,
    isOnline: booleanAt(from, 'online'),
    result: textAt(from, 'chanDetectResult'),
  }))
