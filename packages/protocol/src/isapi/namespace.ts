// SPDX-License-Identifier: Apache-2.0
/** ISAPI's outer form: namespaces, versions, and the paths that everything hangs on. */
import { element, type XmlElement } from '../xml/element.ts'

/** Seen on cameras; newer recorders use `isapi`. Never matched when reading: it is not a constant. */
export const namespaces = {
  hikvision: 'http://www.hikvision.com/ver20/XMLSchema',
  isapi: 'http://www.isapi.org/ver20/XMLSchema',
  hikvision1: 'http://www.hikvision.com/ver10/XMLSchema',
} as const

/** A root element as devices write it. */
export const isapiRoot = (
  name: string,
  children: readonly XmlElement[],
  { version = '2.0', namespace = namespaces.hikvision as string }: { version?: string; namespace?: string } = {},
): XmlElement => element(name, children, { version, xmlns: namespace })
