// SPDX-License-Identifier: Apache-2.0
/**
 * WS-Discovery as ONVIF devices speak it: a SOAP 1.2 Probe to 239.255.255.250:3702, ProbeMatches back (OASIS WS-Discovery of
 * April 2005, ONVIF Core §7.3). The scopes say name and hardware; nothing is signed.
 */
import { WireError } from '../base/errors.ts'
import { childrenOf, element, find, localName, textAt, type XmlElement } from '../xml/element.ts'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'

export const WS_DISCOVERY_GROUP = '239.255.255.250'
export const WS_DISCOVERY_PORT = 3702
/** Longest datagram that is read. */
export const MAX_WS_DISCOVERY_BYTES = 32 * 1024
/** Devices in one answer; one has one. */
const MAX_MATCHES = 16
const MAX_ADDRESSES = 8

const SOAP = 'http://www.w3.org/2003/05/soap-envelope'
const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing'
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery'
const ONVIF = 'http://www.onvif.org/ver10/network/wsdl'
const TO = 'urn:schemas-xmlsoap-org:ws:2005:04:discovery'
const ANONYMOUS = 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous'

/** One device of an answer. */
export interface WsDiscoveryMatch {
  /** `urn:uuid:...`, the same over restarts. */
  readonly endpoint: string
  readonly types: readonly string[]
  readonly scopes: readonly string[]
  /** Where its device service is. */
  readonly addresses: readonly string[]
}

const envelope = (action: string, header: readonly XmlElement[], body: XmlElement): string =>
  formatXml(
    element(
      's:Envelope',
      [element('s:Header', [element('a:Action', `${DISCOVERY}/${action}`), ...header]), element('s:Body', [body])],
      { 'xmlns:s': SOAP, 'xmlns:a': ADDRESSING, 'xmlns:d': DISCOVERY, 'xmlns:dn': ONVIF },
    ),
  )

/** Asks for video transmitters. `messageId` is a UUID, and comes back in the answers. */
export const wsDiscoveryProbe = (messageId: string): string =>
  envelope(
    'Probe',
    [element('a:MessageID', `uuid:${messageId}`), element('a:To', TO)],
    element('d:Probe', [element('d:Types', 'dn:NetworkVideoTransmitter')]),
  )

const rootOf = (bytes: Uint8Array): XmlElement => {
  if (bytes.length > MAX_WS_DISCOVERY_BYTES)
    throw new WireError('wsd.size', `a datagram longer than ${MAX_WS_DISCOVERY_BYTES} bytes`)
  return parseXml(bytes)
}

/** Message id of a probe that a video transmitter should answer; undefined for all else. Throws `WireError`. */
export const readWsDiscoveryProbe = (bytes: Uint8Array): { readonly messageId: string } | undefined => {
  const root = rootOf(bytes)
  const probe = find(root, 'Body/Probe')
  const messageId = textAt(root, 'Header/MessageID')
  if (localName(root) !== 'Envelope' || !probe || messageId === undefined) return undefined
  const types = textAt(probe, 'Types')
  // No types: everybody is meant.
  return types === undefined || types === '' || /NetworkVideoTransmitter|:Device\b/.test(types)
    ? { messageId }
    : undefined
}

const words = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter((word) => word !== '')

/** The devices of an answer, and whose question it answers; undefined for what is no answer. Throws `WireError`. */
export const readWsDiscoveryMatches = (
  bytes: Uint8Array,
): { readonly relatesTo: string | undefined; readonly matches: readonly WsDiscoveryMatch[] } | undefined => {
  const root = rootOf(bytes)
  const list = find(root, 'Body/ProbeMatches')
  if (localName(root) !== 'Envelope' || !list) return undefined
  const matches = childrenOf(list, 'ProbeMatch')
    .slice(0, MAX_MATCHES)
    .map((match) => ({
      endpoint: (textAt(match, 'EndpointReference/Address') ?? '').slice(0, 200),
      types: words(textAt(match, 'Types')).slice(0, 16),
      scopes: words(textAt(match, 'Scopes')).slice(0, 64),
      addresses: words(textAt(match, 'XAddrs')).slice(0, MAX_ADDRESSES),
    }))
  return { relatesTo: textAt(root, 'Header/RelatesTo'), matches }
}

/** The answer of one device to a probe. */
export const wsDiscoveryMatches = (messageId: string, relatesTo: string, match: WsDiscoveryMatch): string =>
  envelope(
    'ProbeMatches',
    [element('a:MessageID', `uuid:${messageId}`), element('a:RelatesTo', relatesTo), element('a:To', ANONYMOUS)],
    element('d:ProbeMatches', [
      element('d:ProbeMatch', [
        element('a:EndpointReference', [element('a:Address', match.endpoint)]),
        element('d:Types', match.types.join(' ')),
        element('d:Scopes', match.scopes.join(' ')),
        element('d:XAddrs', match.addresses.join(' ')),
        element('d:MetadataVersion', 1),
      ]),
    ]),
  )

/** Value of a scope `onvif://www.onvif.org/name/Front%20door`: what the device says of `name`, `hardware`, `MAC`. */
export const scopeOf = (scopes: readonly string[], name: string): string | undefined => {
  const start = `onvif://www.onvif.org/${name.toLowerCase()}/`
  const found = scopes.find((scope) => scope.toLowerCase().startsWith(start))?.slice(start.length)
  if (found === undefined || found === '') return undefined
  try {
    return decodeURIComponent(found).slice(0, 100)
  } catch {
    return found.slice(0, 100) // a percent sign that means itself
  }
}
