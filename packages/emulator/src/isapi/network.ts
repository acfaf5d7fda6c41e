// SPDX-License-Identifier: Apache-2.0
/** Network interfaces. What is written is read back; the emulated device stays where it is. */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import { document, get, put, type Route, type Routed } from './route.ts'

const INTERFACE = '/System/Network/interfaces/#'

const parts = ({ core }: Routed): XmlElement[] => {
  const address = (name: string, value: string) => element(name, [element('ipAddress', value)])
  return [
    element('id', 1),
    element('IPAddress', [
      element('ipVersion', 'dual', { opt: 'v4,v6,dual' }),
      element('addressingType', 'static', { opt: 'static,dynamic' }),
      element('ipAddress', core.address.ipAddress),
      element('subnetMask', '255.255.255.0'),
      address('DefaultGateway', '192.168.1.1'),
      address('PrimaryDNS', '8.8.8.8'),
      // Older firmware has one server.
      ...(core.profile.firmwareVersion < 'V5.5' ? [] : [address('SecondaryDNS', '8.8.4.4')]),
    ]),
    element('Discovery', [
      element('UPnP', [element('enabled', false)]),
      element('Zeroconf', [element('enabled', true)]),
    ]),
    element('Link', [
      // With a space before it, as some firmware writes it.
      element('MACAddress', `${core.profile.kind === 'recorder' ? ' ' : ''}${core.identity.macAddress}`),
      element('autoNegotiation', true),
      element('speed', 0),
      element('duplex', 'full'),
      element('MTU', 1500),
    ]),
  ]
}

const one = (request: Routed): XmlElement => {
  if (request.ids[0] !== 1) throw new IsapiRefusal('notSupport')
  return document(request.core, 'NetworkInterface', parts(request))
}

/** Paths of this part of the tree. */
export const networkRoutes: readonly Route[] = [
  get('/System/Network/interfaces', (request) => {
    const { core } = request
    const path = '/System/Network/interfaces/1'
    const inner = core.settings.apply(path, element('NetworkInterface', parts(request)))
    return document(core, 'NetworkInterfaceList', [inner])
  }),
  ...put(INTERFACE, one, ['MACAddress']),
]
