// SPDX-License-Identifier: Apache-2.0
/** The first start after a restore puts it on record: from then on the audit says that something came from a copy. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Audit } from '../audit/audit.ts'

/** Left in the data folder by a restore. */
export const RESTORED = 'restored.json'

/** Records a restore, once. */
export const recordRestore = async (dataDir: string, audit: Audit): Promise<void> => {
  const path = join(dataDir, RESTORED)
  if (!existsSync(path)) return
  const detail = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  await audit.record({
    who: 'hmp restore',
    source: '',
    action: 'system.restore',
    object: null,
    outcome: 'done',
    detail,
  })
  rmSync(path)
}
