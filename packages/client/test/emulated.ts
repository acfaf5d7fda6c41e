// SPDX-License-Identifier: Apache-2.0
/** One emulated device and a client of it, for tests; what the client writes is shown to xmllint. */
import { spawnSync } from 'node:child_process'
import { type Emulator, type EmulatorOptions, profiles, startEmulator } from '@openhmp/emulator'
import { fromUtf8 } from '@openhmp/protocol/base'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { doorOver, IsapiClient, type IsapiDoor } from '../src/index.ts'

export type ProfileName = keyof typeof profiles
export const profileNames = Object.keys(profiles) as ProfileName[]
const credentials = { username: 'admin', password: 'Secret-1' }

export interface Emulated extends AsyncDisposable {
  readonly emulator: Emulator
  readonly isapi: IsapiClient
  /** The same device; each document that is written through it is kept in `written`. */
  readonly door: IsapiDoor
  readonly written: { readonly path: string; readonly body: string }[]
}

export const openEmulated = async (profile: ProfileName, more: Partial<EmulatorOptions> = {}): Promise<Emulated> => {
  const isRecorder = profiles[profile].kind === 'recorder'
  const emulator = await startEmulator({
    cameras: isRecorder ? 0 : 1,
    recorders: isRecorder ? 1 : 0,
    recorderChannels: 2,
    httpPort: 0,
    rtspPort: 0,
    user: credentials.username,
    password: credentials.password,
    clock: realClock(),
    profile,
    ...more,
  })
  const isapi = new IsapiClient({ address: emulator.devices[0]!.httpUrl, credentials, clock: realClock() })
  const written: Emulated['written'] = []
  const door = doorOver(isapi.name, ({ method, path, body }, options) => {
    if (method === 'GET') return isapi.get(path, options)
    if (method === 'DELETE') return isapi.delete(path, options)
    if (body && body.length > 0) written.push({ path, body: fromUtf8(body) })
    return method === 'PUT' ? isapi.put(path, body, options) : isapi.post(path, body, options)
  })
  return {
    emulator,
    isapi,
    door,
    written,
    [Symbol.asyncDispose]: async () => {
      await isapi[Symbol.asyncDispose]()
      await emulator[Symbol.asyncDispose]()
    },
  }
}

const hasXmllint = spawnSync('xmllint', ['--version']).status === 0

/** What a foreign reader has to say against these documents; nothing where there is none. */
export const complaintsOf = (documents: readonly { readonly body: string }[]): string[] =>
  hasXmllint
    ? documents.flatMap(({ body }) => {
        const { stderr } = spawnSync('xmllint', ['--noout', '-'], { input: body })
        return stderr.length > 0 ? [stderr.toString()] : []
      })
    : []
