// SPDX-License-Identifier: Apache-2.0
/** Backup, its return, and the reset to the factory. The backup is opaque to clients, good for its own model alone, and
 * sealed with the key that was given. */
import { createHash } from 'node:crypto'
import { utf8 } from '@openhmp/protocol/base'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import type { Route, Routed } from './route.ts'
import { openSealed } from './sealing.ts'

const PATH = '/System/configurationData'
const MAGIC = 'HMPBACKUP1'
const DIGEST_BYTES = 32

const digestOf = (body: Uint8Array, key: string): Buffer =>
  createHash('sha256').update(MAGIC).update(body).update(key).digest()

/** Empty where none is wanted. Newer firmware takes it sealed alone. Throws the refusal. */
const keyOf = (request: Routed): string => {
  const { core, query } = request
  const told = query.get('secretkey')
  if (told === null) {
    if (core.profile.wantsBackupKey) throw new IsapiRefusal('messageParametersLack')
    return ''
  }
  const isSealed = query.has('security') || core.profile.wantsBackupKey
  const key = isSealed ? openSealed(request, told) : told
  if (!/^[\x21-\x7e]{8,16}$/.test(key)) throw new IsapiRefusal('badParameters')
  return key
}

const backup = (request: Routed): Answer => {
  const { core } = request
  const key = keyOf(request)
  const { settings, identity } = core
  const body = Buffer.from(JSON.stringify({ model: identity.model, settings: settings.toJSON() }))
  return { file: Buffer.concat([utf8(MAGIC), digestOf(body, key), body]) }
}

const restore = (request: Routed): Answer => {
  const { core, bytes } = request
  const key = keyOf(request)
  const start = MAGIC.length + DIGEST_BYTES
  const body = Buffer.from(bytes.subarray(start))
  const isWhole =
    Buffer.from(bytes.subarray(0, MAGIC.length)).toString() === MAGIC &&
    digestOf(body, key).equals(Buffer.from(bytes.subarray(MAGIC.length, start)))
  if (!isWhole) return { status: 'fileFormatError' }
  const { model, settings } = JSON.parse(body.toString()) as { model: string; settings: Record<string, string> }
  if (model !== core.identity.model) return { status: 'badDevType' }
  core.settings.replace(settings)
  core.reboot()
  return { status: 'rebootRequired' }
}

const reset = (core: DeviceCore, mode: string | null): Answer => {
  if (mode !== 'basic' && mode !== 'full') return { status: 'badParameters' }
  core.factoryReset(mode) // which restarts it
  return { status: 'ok' }
}

/** Paths of this part of the tree. */
export const configurationRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, needs: 'Administrator', handle: backup },
  { method: 'PUT', path: PATH, needs: 'Administrator', isRaw: true, handle: restore },
  {
    method: 'PUT',
    path: '/System/factoryReset',
    needs: 'Administrator',
    handle: ({ core, query }) => reset(core, query.get('mode')),
  },
]
