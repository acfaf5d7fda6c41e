// SPDX-License-Identifier: Apache-2.0
/**
 * A resource: one document of a device's ISAPI tree that can be read, and where it may be, changed. Devices want documents
 * back whole, so a change is always written into the one that was read.
 */
import type { XmlElement } from '../xml/element.ts'

/** Where a document is, what it means, and how a change is written into it. */
export interface Resource<Value, Change = never> {
  /** Begins with `/ISAPI/`. */
  readonly path: string
  /** Reads by local names, whatever the namespace; what is missing is undefined. */
  read(document: XmlElement): Value
  /**
   * Writes a change into the document, which is the caller's own copy; every other element, attribute and their order
   * stay. Throws `Refusal` `setting.*` for a change that this document cannot express. Left out: read only.
   */
  write?(document: XmlElement, change: Change): void
  /**
   * Names of elements that a change may take out because the device tells them itself (`localTime` while a server keeps
   * the clock): that they come back is no disobedience.
   */
  readonly untold?: readonly string[]
  /** Names of elements that are written and never told (a password): that they do not come back is no disobedience. */
  readonly unread?: readonly string[]
}
