// SPDX-License-Identifier: Apache-2.0
import { LinkError, PeerError, WireError } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { describeFailure, UsageError } from './failure.ts'

describe('failures in one line', () => {
  it.each([
    [
      new LinkError('link.refused', 'nothing listens there', { address: '192.0.2.7:80' }),
      'hmp: 192.0.2.7:80: nothing listens there; check address and port, and that the device is on [link.refused]',
      1,
    ],
    [
      new PeerError('rtsp.unauthorized', 'wrong user\nor password', { retry: 'after-login' }),
      'hmp: wrong user or password; check --user and HMP_DEVICE_PASSWORD [rtsp.unauthorized]',
      1,
    ],
    [new WireError('pcap.magic', 'no capture', { at: 0 }), 'hmp: no capture at byte 0 [pcap.magic]', 1],
    [
      Object.assign(new Error('x'), { code: 'ENOENT', path: '/a' }),
      'hmp: /a: no such file or folder; check the path [file.missing]',
      1,
    ],
    [new TypeError('oops'), 'hmp: TypeError: oops [defect]', 1],
    [new UsageError('no devices'), 'hmp: no devices [usage]', 2],
  ] as const)('%s', (error, line, exitCode) => {
    expect(describeFailure(error)).toEqual({ line, exitCode })
  })
})
