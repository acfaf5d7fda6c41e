// SPDX-License-Identifier: Apache-2.0
/** The accounts of a device, `/ISAPI/Security/users`, and what these devices want of a password. */
import { childrenOf, element, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'

/** What an account may do. */
export type UserLevel = 'Administrator' | 'Operator' | 'Viewer'
const userLevels: readonly UserLevel[] = ['Administrator', 'Operator', 'Viewer']

/** An account; devices never tell its password. */
export interface DeviceUser {
  readonly id: number
  readonly name: string
  /** Undefined: a level that is not known here. */
  readonly level: UserLevel | undefined
}

/** Of `UserList`; entries without a number or a name are left out. */
export const readUsers = (document: XmlElement): DeviceUser[] =>
  childrenOf(document, 'User').flatMap((user) => {
    const id = numberAt(user, 'id')
    const name = textAt(user, 'userName')
    const word = textAt(user, 'userLevel')?.toLowerCase()
    const level = userLevels.find((one) => one.toLowerCase() === word)
    return id === undefined || !name ? [] : [{ id, name, level }]
  })

/** An account to be. */
export interface NewUser {
  readonly name: string
  readonly password: string
  readonly level: UserLevel
  /** Of who asks: newer firmware wants it for every change of accounts. */
  readonly loginPassword?: string | undefined
}

/** A document for `POST /ISAPI/Security/users`. The number is the device's choice; logins are taken from any address. */
export const newUserElement = ({ name, password, level, loginPassword }: NewUser): XmlElement =>
  isapiRoot('User', [
    element('id', 0),
    element('userName', name),
    element('password', password),
    element('bondIpList', [
      element('bondIp', [element('id', 1), element('ipAddress', '0.0.0.0'), element('ipv6Address', '::')]),
    ]),
    element('macAddress', ''),
    element('userLevel', level),
    element('attribute', [element('inherent', false)]),
    ...(loginPassword === undefined ? [] : [element('loginPassword', loginPassword)]),
  ])

/** What changes of an account. */
export interface UserChange {
  readonly name?: string | undefined
  readonly password?: string | undefined
  readonly level?: UserLevel | undefined
  readonly loginPassword?: string | undefined
}

/** Writes a change into an account's document, which is the caller's own copy. */
export const changeUser = (document: XmlElement, { name, password, level, loginPassword }: UserChange): void => {
  if (name !== undefined) setText(document, 'userName', name)
  if (password !== undefined) setText(document, 'password', password)
  if (level !== undefined) setText(document, 'userLevel', level)
  if (loginPassword !== undefined) setText(document, 'loginPassword', loginPassword)
}

/** Lengths of the passwords that these devices take, in characters. */
const MIN_DEVICE_PASSWORD = 8
export const MAX_DEVICE_PASSWORD = 16

/**
 * What makes a password weak, as firmware since 5.3 judges: fewer than 8 characters, one kind of them alone, or the user's
 * name in it. Undefined: nothing.
 */
export const passwordWeakness = (password: string, userName: string): string | undefined => {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(password)).length
  if (password.length < MIN_DEVICE_PASSWORD) return `it has fewer than ${MIN_DEVICE_PASSWORD} characters`
  if (kinds < 2) return 'it has letters of one kind alone'
  if (userName !== '' && password.toLowerCase().includes(userName.toLowerCase())) return 'it holds the name of the user'
  return undefined
}

/** Why such a device would not take a password: it is weak, too long, or not of ASCII. Undefined: it takes it. */
export const passwordFault = (password: string, userName: string): string | undefined => {
  if (password.length > MAX_DEVICE_PASSWORD) return `it has more than ${MAX_DEVICE_PASSWORD} characters`
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(password))
    return 'it has characters beyond ASCII, or begins or ends with a space'
  return passwordWeakness(password, userName)
}
