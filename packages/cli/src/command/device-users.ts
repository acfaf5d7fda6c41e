// SPDX-License-Identifier: Apache-2.0
/** `hmp device users ADDRESS [list|add|password|remove] [NAME]`: the accounts of a device. */
import { changePassword, createUser, deleteUser, listUsers } from '@openhmp/client'
import { passwordFault, type UserLevel } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { readNewPassword } from '../input/password.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

/** What is done with the accounts. */
export type UserVerb = 'list' | 'add' | 'password' | 'remove'

interface UserOptions extends DeviceOptions {
  readonly level: UserLevel
}

export async function runUsers(
  text: string,
  verb: UserVerb,
  name: string | undefined,
  options: UserOptions,
  output: Output,
): Promise<void> {
  if (verb !== 'list' && name === undefined) throw new UsageError('which user?')
  await using device = await openDevice(text, options)
  const { isapi, credentials, signal } = device
  if (verb === 'list' || name === undefined) {
    const users = await listUsers(isapi, { signal })
    output.document({ users }, () =>
      formatTable(
        output,
        ['number', 'name', 'level'],
        users.map((one) => [one.id, one.name, one.level ?? 'another']),
      ),
    )
    return
  }
  if (verb === 'remove') {
    await deleteUser(isapi, name, { signal })
    output.document({ removed: name }, () => `${name} was removed`)
    return
  }
  const password = await newPassword(name, isapi.name)
  const loginPassword = credentials.password
  if (verb === 'add') {
    const user = await createUser(isapi, { name, password, level: options.level, loginPassword }, { signal })
    output.document({ added: user }, () => `${name} was added, as ${user.level}`)
    return
  }
  await changePassword(isapi, { userName: name, password, loginPassword }, { signal })
  output.document({ changed: name }, () => `${name} has the new password`)
}

const newPassword = async (name: string, device: string): Promise<string> => {
  const password = await readNewPassword(name, device)
  const fault = passwordFault(password, name)
  if (fault) throw new UsageError(`devices do not take this password: ${fault}`)
  return password
}
