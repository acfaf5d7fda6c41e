// SPDX-License-Identifier: Apache-2.0
/** The CMS that this user is signed in to: kept in a file of their own, which nobody else may read. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../output/failure.ts'

const CmsSession = z.object({
  /** `https://host:port`. */
  url: z.url(),
  user: z.string(),
  /** The session cookie, `name=value`: a secret. */
  cookie: z.string(),
  /** PEM of the authority that is trusted for this CMS; absent when the system's own are. */
  authority: z.string().optional(),
})
export type CmsSession = z.output<typeof CmsSession>

/** Who calls a CMS: a program by its token, or a person. */
export interface Caller extends Omit<CmsSession, 'user'> {
  readonly token?: string
  readonly user?: string
}

const path = (): string => join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'openhmp', 'session.json')

/** Who calls, and where: a program by its token, else who has signed in. Throws UsageError when there is neither. */
export function readCaller(): Caller {
  const token = process.env['HMP_TOKEN']
  if (!token) return readSession()
  const url = process.env['HMP_CMS']
  if (url === undefined) return { ...readSession(), token }
  if (!url.startsWith('https://'))
    throw new UsageError('HMP_CMS has to be https://HOST:PORT: a token goes nowhere else')
  // Its authority is one that the system or NODE_EXTRA_CA_CERTS trusts.
  return { url: url.replace(/\/$/, ''), cookie: '', token }
}

/** Throws UsageError when nobody is signed in. */
export function readSession(): CmsSession {
  let text: string
  try {
    text = readFileSync(path(), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new UsageError('you are not signed in to a CMS: hmp login https://HOST:8443')
  }
  try {
    return CmsSession.parse(JSON.parse(text))
  } catch {
    throw new UsageError(`${path()} cannot be understood: sign in again with hmp login`)
  }
}

/** Whole or not at all. */
export function writeSession(session: CmsSession): void {
  mkdirSync(dirname(path()), { recursive: true, mode: 0o700 })
  writeFileSync(`${path()}.new`, JSON.stringify(session), { mode: 0o600 })
  chmodSync(`${path()}.new`, 0o600)
  renameSync(`${path()}.new`, path())
}

export function forgetSession(): void {
  rmSync(path(), { force: true })
}
