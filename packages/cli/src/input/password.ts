// SPDX-License-Identifier: Apache-2.0
/** A device's password: from HMP_DEVICE_PASSWORD, else asked for without echo. Never from the command line, which others can read. */
import { UsageError } from '../output/failure.ts'

/** Longer ones do not exist on devices; the limit keeps a pipe from filling the memory. */
const MAX_PASSWORD_LENGTH = 256

/** The password for this user at this device. Throws UsageError when there is none and nobody to ask. */
export async function readPassword(user: string, address: string): Promise<string> {
  const given = process.env['HMP_DEVICE_PASSWORD']
  if (given !== undefined) return given
  const { stdin, stderr } = process
  if (stdin.isTTY !== true)
    throw new UsageError('no password: set HMP_DEVICE_PASSWORD, or run at a terminal to be asked')
  stderr.write(`Password of ${user} at ${address}: `)
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
