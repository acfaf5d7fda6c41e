// SPDX-License-Identifier: Apache-2.0
/**
 * SADP, the vendor's own search: an XML inquiry to 239.255.255.250:37020, answered by every device of the network, also by
 * those whose address does not fit in. Nothing is signed: an answer is a hint, and no secret is ever sent.
 */
import { WireError } from '../base/errors.ts'
import { element, localName, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'

export const SADP_GROUP = '239.255.255.250'
export const SADP_PORT = 37_020
/** Longest datagram that is read; answers have about 2 KB. */
export const MAX_SADP_BYTES = 16 * 1024

/** What a device says of itself. All of it can be a lie. */
export interface SadpAnswer {
  /** Of the inquiry, mostly. */
  readonly uuid: string | undefined
  readonly model: string | undefined
  readonly serialNumber: string | undefined
  /** Lower case, with colons. */
  readonly macAddress: string | undefined
  readonly address: string | undefined
  readonly mask: string | undefined
  readonly gateway: string | undefined
  readonly isDhcp: boolean | undefined
  readonly httpPort: number | undefined
  /** Of the vendor's SDK. */
  readonly commandPort: number | undefined
  readonly firmwareVersion: string | undefined
  /** False: it has no password yet. Undefined: a firmware of before there was activation. */
  readonly isActivated: boolean | undefined
  /** Video inputs of its own, and of the network. */
  readonly analogChannels: number | undefined
  readonly digitalChannels: number | undefined
}

/** Asks everybody. `uuid` comes back in the answers. */
export const sadpInquiry = (uuid: string): string =>
  formatXml(element('Probe', [element('Uuid', uuid.toUpperCase()), element('Types', 'inquiry')]))

/** Uuid of an inquiry; undefined for what is none. Throws `WireError` for bytes that are no XML. */
export const readSadpInquiry = (bytes: Uint8Array): { readonly uuid: string | undefined } | undefined => {
  const root = rootOf(bytes)
  if (localName(root) !== 'Probe' || !/^inquiry/i.test(textAt(root, 'Types') ?? '')) return undefined
  return { uuid: textAt(root, 'Uuid') }
}

const rootOf = (bytes: Uint8Array): XmlElement => {
  if (bytes.length > MAX_SADP_BYTES) throw new WireError('sadp.size', `a datagram longer than ${MAX_SADP_BYTES} bytes`)
  return parseXml(bytes)
}

/** `c0-56-e3-fe-42-92` in any form of writing; undefined for what is no hardware address. */
export const plainMac = (text: string | undefined): string | undefined => {
  const digits = text?.replace(/[^0-9a-f]/gi, '').toLowerCase() ?? ''
  return digits.length === 12 ? digits.replace(/(..)(?=.)/g, '$1:') : undefined
}

const isAddress = (text: string | undefined): boolean =>
  text !== undefined && /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256)

const port = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined

/** True, false, or neither: devices write `flase`, too. */
const flag = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : /^(true|1)$/i.test(text) ? true : /^(false|flase|0)$/i.test(text) ? false : undefined

const short = (text: string | undefined): string | undefined => text?.slice(0, 100) || undefined

/** An answer; undefined for what is none: our own inquiry comes back, too. Throws `WireError` for bytes that are no XML. */
export const readSadpAnswer = (bytes: Uint8Array): SadpAnswer | undefined => {
  const root = rootOf(bytes)
  if (localName(root) !== 'ProbeMatch') return undefined
  const address = textAt(root, 'IPv4Address')
  const [mask, gateway] = [textAt(root, 'IPv4SubnetMask'), textAt(root, 'IPv4Gateway')]
  return {
    uuid: short(textAt(root, 'Uuid')),
    model: short(textAt(root, 'DeviceDescription')),
    serialNumber: short(textAt(root, 'DeviceSN')),
    macAddress: plainMac(textAt(root, 'MAC')),
    address: isAddress(address) ? address : undefined,
    mask: isAddress(mask) ? mask : undefined,
    gateway: isAddress(gateway) ? gateway : undefined,
    isDhcp: flag(textAt(root, 'DHCP')),
    httpPort: port(numberAt(root, 'HttpPort')),
    commandPort: port(numberAt(root, 'CommandPort')),
    firmwareVersion: short(textAt(root, 'SoftwareVersion')?.replace(/\s*build/i, ' build')),
    isActivated: flag(textAt(root, 'Activated')),
    analogChannels: numberAt(root, 'AnalogChannelNum'),
    digitalChannels: numberAt(root, 'DigitalChannelNum'),
  }
}

/** An answer as a device writes it. */
export const sadpAnswer = (answer: SadpAnswer): string => {
  const { uuid, model, serialNumber, macAddress, address, mask, gateway, isDhcp, httpPort, commandPort } = answer
  const { firmwareVersion, isActivated, analogChannels, digitalChannels } = answer
  const rows: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ['Uuid', uuid],
    ['Types', 'inquiry'],
    ['DeviceDescription', model],
    ['DeviceSN', serialNumber],
    ['CommandPort', commandPort],
    ['HttpPort', httpPort],
    ['MAC', macAddress?.replaceAll(':', '-')],
    ['IPv4Address', address],
    ['IPv4SubnetMask', mask],
    ['IPv4Gateway', gateway],
    ['DHCP', isDhcp],
    ['AnalogChannelNum', analogChannels],
    ['DigitalChannelNum', digitalChannels],
    ['SoftwareVersion', firmwareVersion?.replace(' build', 'build')],
    ['Activated', isActivated],
  ]
  return formatXml(
    element(
      'ProbeMatch',
      rows.flatMap(([name, value]) => (value === undefined ? [] : [element(name, value)])),
    ),
  )
}
