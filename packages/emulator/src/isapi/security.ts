// SPDX-License-Identifier: Apache-2.0
/** Users, the check of one's own login, ports: what is written of them is read back; the emulated device listens where it did. */
import { childrenOf, element, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { Account } from '../device/account.ts'
import { IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route, type Routed } from './route.ts'
import { setting } from './setting-route.ts'

const levels = ['Administrator', 'Operator', 'Viewer'] as const

const userParts = ({ id, userName, level }: Account): XmlElement[] => [
  element('id', id),
  element('userName', userName),
  element('bondIpList', [
    element('bondIp', [element('id', 1), element('ipAddress', '0.0.0.0'), element('ipv6Address', '::')]),
  ]),
  element('macAddress'),
  element('userLevel', level),
  element('attribute', [element('inherent', id === 1)]),
]

/** Throws the refusal for a user that is not there. */
const accountAt = (core: DeviceCore, id: number | undefined): Account => {
  const found = core.accounts.all.find((one) => one.id === id)
  if (!found) throw new IsapiRefusal('badParameters')
  return found
}

/** What a document says of a user; empty elements say nothing. Throws the refusal for a level that there is not. */
const toldOf = (body: XmlElement | undefined): Partial<Omit<Account, 'id'>> => {
  if (!body) throw new IsapiRefusal('badXmlFormat')
  const [userName, password, word] = ['userName', 'password', 'userLevel'].map((name) => textAt(body, name))
  const level = levels.find((one) => one === word)
  if (word !== undefined && !level) throw new IsapiRefusal('badParameters')
  return { ...(userName ? { userName } : {}), ...(password ? { password } : {}), ...(level ? { level } : {}) }
}

/** Newer firmware wants to hear once more who asks; a wrong answer is a wrong login. */
const checkLogin = ({ core, user, body }: Routed): void => {
  if (!core.profile.wantsLoginPassword) return
  const told = body && textAt(body, 'loginPassword')
  if (told === user.password) return
  if (told !== undefined) core.accounts.result(user.userName, false)
  throw new IsapiRefusal('loginPasswordError')
}

/** Paths of this part of the tree. */
export const securityRoutes: readonly Route[] = [
  get('/Security/userCheck', ({ core, user }) =>
    document(core, 'userCheck', [
      element('statusValue', 200),
      element('statusString', 'OK'),
      element('isDefaultPassword', false),
      element('isRiskPassword', user.password.length < 8),
      element('isActivated', true),
      element('lockStatus', 'unlock'),
      element('retryLoginTime', core.profile.maxBadLogins),
    ]),
  ),
  get('/Security/users', ({ core }) =>
    document(
      core,
      'UserList',
      core.accounts.all.map((one) => element('User', userParts(one), { version: '2.0' })),
    ),
  ),
  get('/Security/users/#', ({ core, ids }) => document(core, 'User', userParts(accountAt(core, ids[0])))),
  {
    method: 'POST',
    path: '/Security/users',
    needs: 'Administrator',
    handle: (request) => {
      const { userName, password, level } = toldOf(request.body)
      if (!userName || !password || !level) return { status: 'messageParametersLack' }
      checkLogin(request)
      return { status: 'ok', id: request.core.accounts.add({ userName, password, level }).id }
    },
  },
  {
    method: 'PUT',
    path: '/Security/users/#',
    handle: (request) => {
      const { core, ids, user, body } = request
      const told = toldOf(body)
      const { id, level } = accountAt(core, ids[0])
      if (body && numberAt(body, 'id') !== id) return { status: 'badParameters' }
      // Everybody may have another password; all else is the administrator's.
      const isOwn =
        user.id === id && (told.level ?? level) === level && (told.userName ?? user.userName) === user.userName
      if (user.level !== 'Administrator' && !isOwn) return { status: 'lowPrivilege' }
      checkLogin(request)
      const { userName } = core.accounts.change(id, told)
      if (told.password !== undefined) core.webSessions.closeOf(userName, request.session)
      return { status: 'ok' }
    },
  },
  {
    method: 'DELETE',
    path: '/Security/users/#',
    needs: 'Administrator',
    handle: ({ core, ids }) => {
      const { id, userName } = accountAt(core, ids[0])
      core.accounts.remove(id)
      core.webSessions.closeOf(userName)
      return { status: 'ok' }
    },
  },
  ...setting({
    path: '/Security/adminAccesses',
    readOnly: ['protocol'],
    build: ({ core }, leaf) => {
      const { httpPort, rtspPort, httpsPort } = core.address
      const https = httpsPort === undefined ? [] : ([['HTTPS', httpsPort]] as const)
      const rows = [['HTTP', httpPort], ...https, ['RTSP', rtspPort], ['DEV_MANAGE', 8000]] as const // biome-ignore format: a table
      return document(
        core,
        'AdminAccessProtocolList',
        rows.map(([protocol, port], i) =>
          element('AdminAccessProtocol', [
            element('id', i + 1),
            ...(core.profile.firmwareVersion < 'V5.5' ? [] : [element('enabled', true)]),
            element('protocol', protocol),
            leaf('portNo', port, { min: '1', max: '65535' }),
          ]),
        ),
      )
    },
    check: ({ body }) => {
      const ports = childrenOf(body, 'AdminAccessProtocol').map((one) => textAt(one, 'portNo'))
      if (new Set(ports).size < ports.length) throw new IsapiRefusal('portError')
    },
  }),
]
