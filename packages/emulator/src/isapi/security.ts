// SPDX-License-Identifier: Apache-2.0
/** Users, the check of one's own login, ports. */
import { element } from '@openhmp/protocol/xml'
import { document, get, put, type Route } from './route.ts'

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
      core.accounts.all.map(({ id, userName, level }) =>
        element('User', [element('id', id), element('userName', userName), element('userLevel', level)]),
      ),
    ),
  ),
  ...put(
    '/Security/adminAccesses',
    ({ core }) => {
      const { httpPort, rtspPort } = core.address
      const rows = [['HTTP', httpPort], ['RTSP', rtspPort], ['DEV_MANAGE', 8000]] as const // biome-ignore format: a table
      return document(
        core,
        'AdminAccessProtocolList',
        rows.map(([protocol, port], i) =>
          element('AdminAccessProtocol', [
            element('id', i + 1),
            ...(core.profile.firmwareVersion < 'V5.5' ? [] : [element('enabled', true)]),
            element('protocol', protocol),
            element('portNo', port),
          ]),
        ),
      )
    },
    ['protocol', 'portNo', 'enabled'],
  ),
]
