// SPDX-License-Identifier: Apache-2.0
/** Where a recorder finds an IP camera of its own, and how it logs in there: `/ISAPI/ContentMgmt/InputProxy/channels/N`. */
import { Refusal } from '../base/errors.ts'
import { element, find, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { HOST_ELEMENTS, writeHost } from './host.ts'
import type { Resource } from './resource.ts'

/** One channel's camera. */
export interface RecorderChannelSettings {
  readonly name: string | undefined
  /** `HIKVISION`, `ONVIF`, `RTSP` ... */
  readonly protocol: string | undefined
  /** A name or an address. */
  readonly host: string | undefined
  /** That the protocol is spoken over. */
  readonly port: number | undefined
  readonly userName: string | undefined
}
export type RecorderChannelChange = Partial<RecorderChannelSettings> & {
  /** Of the account at the camera; no recorder tells it. */
  readonly password?: string
}

const SOURCE = 'sourceInputPortDescriptor'

/** A channel by its number; ids may have holes. Cameras have none. */
export const recorderChannelResource = (channel: number): Resource<RecorderChannelSettings, RecorderChannelChange> => ({
  path: `/ISAPI/ContentMgmt/InputProxy/channels/${channel}`,
  untold: HOST_ELEMENTS,
  unread: ['password'],
  read: (root) => ({
    name: textAt(root, 'name'),
    protocol: textAt(root, `${SOURCE}/proxyProtocol`),
    host: textAt(root, `${SOURCE}/hostName`) ?? textAt(root, `${SOURCE}/ipAddress`),
    port: numberAt(root, `${SOURCE}/managePortNo`),
    userName: textAt(root, `${SOURCE}/userName`),
  }),
  write: (root, { name, protocol, host, port, userName, password }) => {
    if (name !== undefined) setText(root, 'name', name)
    const source = find(root, SOURCE)
    const told = [protocol, host, port, userName, password]
    if (!source && told.some((one) => one !== undefined))
      throw new Refusal('conflict', 'setting.absent', 'the recorder does not tell where this channel comes from')
    if (!source) return
    if (protocol !== undefined) setText(source, 'proxyProtocol', protocol)
    if (host !== undefined) writeHost(source, host)
    if (port !== undefined) writePort(source, port)
    if (userName !== undefined) setText(source, 'userName', userName)
    if (password !== undefined) writePassword(source, password)
  },
})

const writePort = (source: XmlElement, port: number): void => {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Refusal('invalid', 'setting.range', `${port} is no port`)
  setText(source, 'managePortNo', port)
}

/** Behind the name of the user, where firmware looks for it. */
const writePassword = (source: XmlElement, password: string): void => {
  const user = find(source, 'userName')
  if (user && !find(source, 'password')) {
    const at = source.children.indexOf(user) + 1
    source.children = source.children.toSpliced(at, 0, element(user.name.replace(/[^:]+$/, 'password'), password))
  } else setText(source, 'password', password)
}
