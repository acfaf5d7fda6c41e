// SPDX-License-Identifier: Apache-2.0
/** Accounts of a device: listed, made, given another password, removed. */
import { Refusal } from '@openhmp/protocol/base'
import { changeUser, type DeviceUser, type NewUser, newUserElement, readUsers } from '@openhmp/protocol/isapi'
import { copyOf, formatXml } from '@openhmp/protocol/xml'
import { confirmationOf } from './answer.ts'
import type { IsapiDoor } from './resource.ts'

interface Asking {
  readonly signal?: AbortSignal
}

const USERS = '/ISAPI/Security/users'

/** The accounts. Rejects with `PeerError` `isapi.forbidden` where ours may not see them. */
export const listUsers = async (door: IsapiDoor, options: Asking = {}): Promise<DeviceUser[]> =>
  readUsers(await door.getXml(USERS, options))

/** Makes an account, and gives it as the device lists it afterwards. Rejects with `PeerError` `isapi.*`. */
export const createUser = async (door: IsapiDoor, user: NewUser, options: Asking = {}): Promise<DeviceUser> => {
  const answer = await door.post(USERS, formatXml(newUserElement(user)), options)
  confirmationOf(answer, `${door.name}: POST ${USERS}`)
  return userNamed(door, user.name, options)
}

/** Whose password is to be which. */
export interface PasswordChange {
  readonly userName: string
  readonly password: string
  /** Of the login that asks: newer firmware wants it, older ignores it. Sent at once, as a change without it may count as a wrong login. */
  readonly loginPassword: string
}

/**
 * Gives an account another password. When it is our own, this door's login is void from then on: open another. Rejects
 * with `PeerError` `isapi.loginPasswordError`, `isapi.badParameters` (the device's policy), `Refusal` `user.unknown`.
 */
export const changePassword = async (door: IsapiDoor, change: PasswordChange, options: Asking = {}): Promise<void> => {
  const { userName, password, loginPassword } = change
  const { id } = await userNamed(door, userName, options)
  const path = `${USERS}/${id}`
  const document = copyOf(await door.getXml(path, options))
  changeUser(document, { password, loginPassword })
  await door.putXml(path, formatXml(document), options)
}

/** Removes an account. Rejects with `PeerError` `isapi.*`, `Refusal` `user.unknown`. */
export const deleteUser = async (door: IsapiDoor, userName: string, options: Asking = {}): Promise<void> => {
  const { id } = await userNamed(door, userName, options)
  const path = `${USERS}/${id}`
  confirmationOf(await door.delete(path, options), `${door.name}: DELETE ${path}`)
}

const userNamed = async (door: IsapiDoor, name: string, options: Asking): Promise<DeviceUser> => {
  const found = (await listUsers(door, options)).find((one) => one.name === name)
  if (!found) throw new Refusal('not-found', 'user.unknown', `${door.name}: there is no user ${JSON.stringify(name)}`)
  return found
}
