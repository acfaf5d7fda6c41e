// SPDX-License-Identifier: Apache-2.0
/**
 * Another password for our account at a device, so that no crash of ours loses it. The new one is on the disk beside the
 * old one before the device hears of it, and the old one is dropped once a login with the new one was taken:
 *
 *   old --kept--> old and new --told--> device has the new --proven--> new
 *
 * Whoever finds both on the disk tries the new one and then the old one (`whichPassword`): two logins at most.
 */
import { changePassword, type IsapiDoor } from '@openhmp/client'
import { type Clock, PeerError, Refusal } from '@openhmp/protocol/base'
import { passwordFault } from '@openhmp/protocol/isapi'
import type { KnownDevice } from '../fleet/device-row.ts'
import type { Change, Fleet } from '../fleet/fleet.ts'
import { agreed, proveLogin, whichPassword } from '../fleet/two-passwords.ts'
import { type JobKind, type JobTarget, SkipDevice, type Task } from '../job/kind.ts'
import type { Sealer } from '../secret/sealer.ts'
import type { Secret } from '../secret/secret.ts'
import { newPassword } from './new-password.ts'

const ANSWER_MS = 15_000
/** A device that is away right after it was told is asked again for so long. */
const PROVE_MS = 60_000
const AGAIN_MS = 2000

/** Where a given password of a job is sealed. */
export const GIVEN_PASSWORD = { table: 'job', row: 'password', field: 'spec' } as const

/** What the job wants to know. */
export interface PasswordSpec {
  /** The same for all, sealed for `GIVEN_PASSWORD`; undefined: each device gets its own. */
  readonly given?: string | undefined
}

/** What the disk knows: which password was to be, as a mark of it. */
export interface PasswordMemo {
  readonly mark: string
}

/** What is shown of a device that is done; passwords are not. */
export interface PasswordResult {
  readonly userName: string
}

interface Parts {
  readonly fleet: Pick<Fleet, 'changing' | 'settled'>
  readonly sealer: Sealer
  readonly clock: Clock
  /** It has a new password: for the record, and for a look at whether it is weak or shared. */
  onChanged(device: string): Promise<void>
}

/** The kind `password`. */
export class PasswordJob implements JobKind<PasswordSpec, PasswordMemo, PasswordResult> {
  readonly kind = 'password'
  readonly needs = 'device.account'
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async run({ known }: JobTarget, spec: PasswordSpec, task: Task<PasswordMemo>): Promise<PasswordResult> {
    const { fleet, sealer, onChanged } = this.#parts
    const { id, kind, userName, isDemo } = known
    if (kind !== 'isapi' || !userName) throw new SkipDevice('password.none', 'it is not reached with an account')
    // The demo site starts its devices with its own password again.
    if (isDemo) throw new SkipDevice('password.demo', 'devices of the demo site keep their password')
    const { secret } = await fleet.settled(id, task.signal)
    // Taken up again after a crash: it was told, and took it.
    const isDone = task.memo !== undefined && secret !== undefined && sealer.isMarked(secret, task.memo.mark)
    if (!isDone) await fleet.changing(id, (change) => this.#change(change, userName, spec, task))
    await onChanged(id)
    return { userName }
  }

  async #change(change: Change, userName: string, spec: PasswordSpec, task: Task<PasswordMemo>): Promise<void> {
    const { sealer } = this.#parts
    const password = spec.given === undefined ? newPassword(userName) : sealer.open(spec.given, GIVEN_PASSWORD)
    const fault = passwordFault(password.reveal(), userName)
    if (fault) throw new Refusal('invalid', 'password.policy', `devices do not take this password: ${fault}`)
    const { secret } = change.known
    if (!secret) throw new SkipDevice('password.none', 'it is not reached with an account')
    await using gear = change.open(change.known)
    task.progress(0.1, 'logging in')
    await proveLogin(gear, brief(task.signal))
    await task.remember({ mark: sealer.mark(password) })
    const known = await change.keep({ nextSecret: password })
    task.progress(0.4, 'changing the password')
    try {
      await tell(gear.door, { userName, password, loginPassword: secret }, brief(task.signal))
    } catch (error) {
      if (isDefinite(error)) {
        await change.keep({ nextSecret: undefined })
        throw error
      }
      task.log(`no clear answer to the change: ${(error as Error).message}`)
    }
    task.progress(0.7, 'proving the new password')
    const which = await this.#which(change, known, task)
    const next = agreed(known, which)
    await change.keep({ secret: next.secret, nextSecret: undefined })
    if (which === 'present')
      throw new Refusal('conflict', 'password.kept', 'the device still has its old password; it can be changed again')
  }

  /** Rejects with `Refusal` `password.unclear` when the device does not say it in time: it is asked on when it is back. */
  async #which(change: Change, known: KnownDevice, task: Task<PasswordMemo>): Promise<'next' | 'present'> {
    const { clock } = this.#parts
    const endMs = clock.monotonic() + PROVE_MS
    for (;;) {
      try {
        return await whichPassword(known, change.open, brief(task.signal))
      } catch (error) {
        task.signal.throwIfAborted()
        const isOver = clock.monotonic() >= endMs || (error instanceof PeerError && error.retry === 'after-login')
        if (isOver) {
          const why = (error as Error).message
          const text = `whether the device took the new password is not known yet (${why}); both are kept until it says`
          throw new Refusal('unavailable', 'password.unclear', text, { cause: error })
        }
        await clock.sleep(AGAIN_MS, { signal: task.signal })
      }
    }
  }
}

const tell = async (
  door: IsapiDoor | undefined,
  { userName, password, loginPassword }: { userName: string; password: Secret; loginPassword: Secret },
  signal: AbortSignal,
): Promise<void> => {
  if (!door) throw new Refusal('conflict', 'device.plain', 'this device has no settings')
  const change = { userName, password: password.reveal(), loginPassword: loginPassword.reveal() }
  await changePassword(door, change, { signal })
}

/** Words of devices that did not do it, and know it. */
const isDefinite = (error: unknown): boolean => {
  if (error instanceof Refusal) return true
  if (!(error instanceof PeerError)) return false
  const isNo = error.retry === 'never' && error.code.startsWith('isapi.') && error.code !== 'isapi.not-isapi'
  return isNo || error.code === 'isapi.loginPasswordError'
}

const brief = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
