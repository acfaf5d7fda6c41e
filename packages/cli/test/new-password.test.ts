// SPDX-License-Identifier: Apache-2.0
/** A new password that is typed: without echo, and twice. */
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readNewPassword } from '../src/input/password.ts'

/** A terminal at which these lines are typed, each when it is asked for; gives what it shows. */
const type = (...lines: string[]): { shown: string } => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
  const seen = { shown: '' }
  const write = (text: string) => {
    seen.shown += text
    const line = text.endsWith(': ') ? lines.shift() : undefined
    if (line !== undefined) setImmediate(() => stdin.write(`${line}\r`))
    return true
  }
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as unknown as typeof process.stdin)
  vi.spyOn(process.stderr, 'write').mockImplementation(write as typeof process.stderr.write)
  return seen
}
afterEach(() => vi.restoreAllMocks())

describe('a new password at a terminal', () => {
  it('is typed twice, and never shown', async () => {
    const seen = type('Night+watch1', 'Night+watch1')
    expect(await readNewPassword('guard', 'a camera')).toBe('Night+watch1')
    expect(seen.shown).toBe(
      'Password of guard, the new one, at a camera: \nPassword of guard, the new one once more, at a camera: \n',
    )
  })

  it('is none when the two differ', async () => {
    type('Night+watch1', 'Night+watch2')
    await expect(readNewPassword('guard', 'a camera')).rejects.toThrow('not the same')
  })

  it('comes from its variable without a question', async () => {
    const seen = type()
    vi.stubEnv('HMP_NEW_PASSWORD', 'Day+watch22')
    expect(await readNewPassword('guard', 'a camera')).toBe('Day+watch22')
    expect(seen.shown).toBe('')
    vi.unstubAllEnvs()
  })
})
