// SPDX-License-Identifier: Apache-2.0
/** A password: from its variable, else asked for without echo. Never from the command line, which others can read. */
import { UsageError } from '../output/failure.ts'

/** Longer ones do not exist on devices; the limit keeps a pipe from filling the memory. */
const MAX_PASSWORD_LENGTH = 256

/** The password for this user at this address. Throws UsageError when there is none and nobody to ask. */
export function readPassword(user: string, address: string, variable = 'HMP_DEVICE_PASSWORD'): Promise<string> {
  return readSecret(`Password of ${user} at ${address}`, variable)
}

/** What nobody should see or read in the list of processes. Throws UsageError as `readPassword` does. */
export async function readSecret(what: string, variable: string): Promise<string> {
  const given = process.env[variable]
  if (given !== undefined) return given
  const { stdin, stderr } = process
  if (stdin.isTTY !== true)
    throw new UsageError(`no ${nameOf(what)}: set ${variable}, or run at a terminal to be asked`)
  stderr.write(`${what}: `)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  try {
    return await readHidden()
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

/** One that is to be: whoever types it types it twice, as a slip would lock everybody out. Throws UsageError when the two differ. */
export async function readNewPassword(user: string, address: string, variable = 'HMP_NEW_PASSWORD'): Promise<string> {
  const password = await readPassword(`${user}, the new one,`, address, variable)
  if (process.env[variable] !== undefined) return password
  if ((await readPassword(`${user}, the new one once more,`, address, variable)) !== password)
    throw new UsageError('the two were not the same; nothing was changed')
  return password
}

const nameOf = (what: string): string => what.split(' of ')[0]!.toLowerCase()

function readHidden(): Promise<string> {
  const { stdin } = process
  return new Promise((resolve, reject) => {
    let text = ''
    const done = (end: () => void) => {
      stdin.off('data', take)
      end()
    }
    const take = (chunk: string) => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n') return done(() => resolve(text))
        if (character === '\u0003' || character === '\u0004')
          return done(() => reject(new UsageError('no password given')))
        if (character === '\u007f' || character === '\b') text = text.slice(0, -1)
        else if (text.length < MAX_PASSWORD_LENGTH) text += character
      }
    }
    stdin.on('data', take)
  })
}
