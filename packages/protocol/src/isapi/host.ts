// SPDX-License-Identifier: Apache-2.0
/** A host in a document: by its name in one element, by its address in another. */
import { element, find, localName, setText, type XmlElement } from '../xml/element.ts'

/** Elements that a host stands in; which of them depends on the host. */
export const HOST_ELEMENTS: readonly string[] = ['hostName', 'ipAddress']

/** Writes it; the element of the other form goes, as a device that finds both takes the wrong one. */
export const writeHost = (to: XmlElement, host: string): void => {
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(host)
  const [name, other] = isAddress ? ['ipAddress', 'hostName'] : ['hostName', 'ipAddress']
  setText(to, 'addressingFormatType', isAddress ? 'ipaddress' : 'hostname')
  const old = find(to, other!)
  if (find(to, name!) || !old) setText(to, name!, host)
  else to.children[to.children.indexOf(old)] = element(old.name.replace(/[^:]+$/, name!), host)
  to.children = to.children.filter((one) => localName(one).toLowerCase() !== other!.toLowerCase())
}
