// SPDX-License-Identifier: Apache-2.0
/** Names that a device gives itself: whatever they hold, what is made of them still fits the contract. */
import { doorOver } from '@openhmp/client'
import { DeviceName } from '@openhmp/contract'
import { utf8 } from '@openhmp/protocol/base'
import { element, formatXml } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { MAX_TOLD_CHARACTERS, readInformation } from './information.ts'

const names = ['deviceName', 'model', 'serialNumber', 'firmwareVersion', 'deviceType', 'macAddress']

/** A device that has this for everything. */
const called = (text: string) =>
  doorOver('device', async ({ path }) => {
    const isInfo = path.endsWith('/deviceInfo')
    const root = isInfo
      ? element(
          'DeviceInfo',
          names.map((name) => element(name, text)),
        )
      : element('VideoInputChannelList', [
          element('VideoInputChannel', [element('id', 1), element('inputPort', 1), element('name', text)]),
        ])
    const isKnown = isInfo || path.endsWith('/Video/inputs/channels')
    return { status: isKnown ? 200 : 404, contentType: 'application/xml', bytes: utf8(isKnown ? formatXml(root) : '') }
  })

describe('a name that a device gives itself', () => {
  it.each([
    ['longer than a name may be', 'x'.repeat(5000)],
    ['longer, of characters of two units', '\u{1f4f7}'.repeat(200)],
    ['with lines of their own in a log', 'a\r\n2026-11-23 admin signed in'],
    ['that colours a terminal', 'a\u001b[31mred\u001b]0;title\u0007'],
    ['that turns the line around', 'a\u202eexe.gpj\u2066'],
    ['with control characters of a second set', 'a\u0085\u009bb'],
    ['with separators of lines', 'a\u2028b\u2029c'],
    ['of markup', '"><script>alert(1)</script>'],
  ])('%s is one plain line that fits', async (_, text) => {
    const told = await readInformation(called(text), AbortSignal.timeout(10_000))
    const all = [told.name, told.model, told.serialNumber, told.firmwareVersion, told.deviceType, told.macAddress]
    for (const one of [...all, ...told.channels.map(({ name }) => name)]) {
      expect(one.length).toBeLessThanOrEqual(MAX_TOLD_CHARACTERS)
      expect(one).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u)
      expect(one.isWellFormed()).toBe(true)
      expect(DeviceName.safeParse(one).success).toBe(true)
    }
  })
})
