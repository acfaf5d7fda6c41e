// SPDX-License-Identifier: Apache-2.0
/** What a disk says when a copy is written or read, as one who runs a server wants to hear it. */
import { Refusal } from '@openhmp/protocol/base'

const texts: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EACCES: 'this user may not do that there',
  EPERM: 'this user may not do that there',
  EROFS: 'it can only be read',
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of this path is no folder',
  EEXIST: 'an unfinished copy is there: another backup is at work, or remove it',
  EIO: 'the disk is failing',
}

/** A `Refusal` `backup.disk` for errors of the disk; others pass as they are. */
export const diskFailure = (error: unknown, path: string): unknown => {
  const { code, message, errstr } = error as NodeJS.ErrnoException & { errstr?: string }
  const text = texts[code ?? ''] ?? (code === 'ERR_SQLITE_ERROR' ? (errstr ?? message) : undefined)
  if (text === undefined) return error
  return new Refusal('unavailable', 'backup.disk', `${path}: ${text}`, { cause: error })
}
