// SPDX-License-Identifier: Apache-2.0
/** Values that come sealed under the password of who asks: what is offered, and the opening. */
import { createDecipheriv, createHash } from 'node:crypto'
import { sealingKey } from '@openhmp/protocol/isapi'
import { element } from '@openhmp/protocol/xml'
import { MAX_USERS } from '../device/account.ts'
import { IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route, type Routed } from './route.ts'
import { saltOf } from './session.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Undefined of firmware that seals nothing. */
const schemeOf = (core: DeviceCore, userName: string) => {
  const scheme = core.profile.sessionLogin
  if (!scheme || scheme.version === '1') return undefined
  const { iterations, isIrreversible } = scheme
  return { iterations, isIrreversible, salt: isIrreversible ? saltOf(core, userName, 'first') : '' }
}

/** Throws the refusal for what is not sealed under this user's password, or not at all. */
export const openSealed = ({ core, user, query }: Routed, value: string): string => {
  const scheme = schemeOf(core, user.userName)
  const iv = query.get('iv') ?? ''
  if (!scheme || query.get('security') !== '1' || !/^[0-9a-f]{32}$/.test(iv) || !/^([0-9a-f]{32})+$/.test(value))
    throw new IsapiRefusal('invalidOperation')
  const key = sealingKey(scheme, { username: user.userName, password: user.password }, sha256)
  const decipher = createDecipheriv('aes-128-cbc', Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'))
  try {
    const base64 = Buffer.concat([decipher.update(value, 'hex'), decipher.final()]).toString('latin1')
    return Buffer.from(base64, 'base64').toString()
  } catch {
    throw new IsapiRefusal('invalidOperation') // under another key
  }
}

/** Paths of this part of the tree. */
export const sealingRoutes: readonly Route[] = [
  get('/Security/capabilities', ({ core, query, user }) => {
    const { profile } = core
    const scheme = schemeOf(core, query.get('username') ?? user.userName)
    return document(core, 'SecurityCap', [
      element('supportUserNums', MAX_USERS),
      element('issupIllegalLoginLock', true),
      ...(scheme ? [element('securityVersion', '', { opt: '1' }), element('keyIterateNum', scheme.iterations)] : []),
      element('isSupportUserCheck', profile.firmwareVersion >= 'V5.3' || profile.kind === 'recorder'),
      ...(scheme ? [element('isIrreversible', scheme.isIrreversible)] : []),
      ...(scheme?.isIrreversible ? [element('salt', scheme.salt)] : []),
      element('isSupportConfigFileImport', true),
      element('isSupportConfigFileExport', true),
    ])
  }),
]
