// SPDX-License-Identifier: Apache-2.0
/** `hmp login URL`, `hmp logout`: the session with a CMS that the other commands use. */
import { ChangePassword, FinishSignIn, SignIn, SignOut } from '@openhmp/contract'
import { Defect, PeerError } from '@openhmp/protocol/base'
import { shownAuthority } from '../cms/authority.ts'
import { Cms } from '../cms/cms.ts'
import { forgetSession, readSession, writeSession } from '../cms/session-file.ts'
import { readCode } from '../input/code.ts'
import { confirm } from '../input/confirm.ts'
import { readNewPassword, readPassword } from '../input/password.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

export interface LoginOptions {
  readonly user: string
  /** SHA-256 of the CMS's authority, as it prints it. */
  readonly fingerprint?: string
}

const bare = (fingerprint: string): string => fingerprint.replace(/[^0-9a-f]/gi, '').toLowerCase()

export async function runLogin(text: string, options: LoginOptions, output: Output): Promise<void> {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`)
  if (url?.protocol !== 'https:') throw new UsageError(`${text} is no https:// address of a CMS`)
  const authority = await trusted(url, options, output)
  const { user } = options
  const password = await readPassword(user, url.host, 'HMP_PASSWORD')
  const session = { url: url.origin, cookie: '', ...(authority === undefined ? {} : { authority }) }
  const cms = new Cms(session)
  let { value, cookie } = await cms.exchange(SignIn, { body: { name: user, password } })
  if ('ticket' in value) {
    const code = await readCode(user, url.host, value.ways)
    ;({ value, cookie } = await cms.exchange(FinishSignIn, { body: { ticket: value.ticket, code } }))
  }
  if ('ticket' in value) throw new Defect('a code leads to a session or a refusal')
  if (value.mustChangePassword) {
    output.note('Somebody else gave you this password: take another.')
    const next = await readNewPassword(user, url.host)
    if (cookie !== undefined)
      await new Cms({ ...session, cookie }).call(ChangePassword, { body: { old: password, password: next } })
  }
  if (cookie === undefined) throw new PeerError('cms.answer', 'the CMS gives no session', { retry: 'never' })
  writeSession({ ...session, user: value.name, cookie })
  output.document({ url: url.origin, user: value.name }, () => `Signed in to ${url.origin} as ${value.name}.`)
}

/** The authority to pin; undefined when the system's own are good enough. */
async function trusted(url: URL, { fingerprint }: LoginOptions, output: Output): Promise<string | undefined> {
  const shown = await shownAuthority(url)
  if (fingerprint !== undefined) {
    if (bare(fingerprint) === bare(shown.fingerprint)) return shown.pem
    throw new UsageError(`the CMS shows another authority than that: ${shown.fingerprint}`)
  }
  if (shown.isTrusted) return undefined
  output.note(`Certificate authority of ${url.host}: ${shown.fingerprint}`)
  const otherwise = 'give --fingerprint, as the CMS printed it when it was started ("Certificate authority")'
  if (await confirm('Is this what the CMS printed when it was started?', otherwise)) return shown.pem
  throw new UsageError('not signed in')
}

export async function runLogout(output: Output): Promise<void> {
  const { url } = readSession()
  try {
    await new Cms().call(SignOut, {})
  } catch (error) {
    // Ended already: there is nothing to end.
    if (!(error instanceof PeerError)) throw error
  } finally {
    forgetSession()
  }
  output.document({ url }, () => `Signed out of ${url}.`)
}
