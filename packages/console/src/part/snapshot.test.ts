// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { snapshotName } from './snapshot.ts'

describe('snapshotName', () => {
  const at = new Date(2026, 10, 3, 7, 5, 9)
  it.each([
    ['North gate', 'North-gate_2026-11-03_07-05-09.jpg'],
    ['北门 1', '北门-1_2026-11-03_07-05-09.jpg'],
    ['../../etc/passwd', 'etc-passwd_2026-11-03_07-05-09.jpg'],
    ['???', 'camera_2026-11-03_07-05-09.jpg'],
  ])('%s', (name, file) => expect(snapshotName(name, at)).toBe(file))
})
