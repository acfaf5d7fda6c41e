// SPDX-License-Identifier: Apache-2.0
/** How a command fails: one line on standard error that says what, where, what to do, and the code; exit 1 or 2. */
import { HmpError, LinkError } from '@openhmp/protocol/base'

/** The command was called wrongly: exit 2. */
export class UsageError extends HmpError {
  constructor(message: string) {
    super('usage', message)
  }
}

/** Codes that mean that the command was called wrongly. */
const USAGE = new Set(['usage', 'emulator.usage', 'emulator.fault'])

/** What to do, by code or by the code's first word. */
const ADVICE: Readonly<Record<string, string>> = {
  'login.refused': 'check --user and HMP_DEVICE_PASSWORD',
  'login.blocked': 'wait, or try other credentials; a further wrong login might lock the account',
  'isapi.locked': 'wait for the lock to end, then try once with the right password',
  'isapi.not-activated': 'activate it: hmp device activate ADDRESS',
  'isapi.unauthorized': 'check --user and HMP_DEVICE_PASSWORD',
  'rtsp.unauthorized': 'check --user and HMP_DEVICE_PASSWORD',
  'link.refused': 'check address and port, and that the device is on',
  'link.unreachable': 'check the address and the network',
  'link.timeout': 'check the address and the network',
  'link.name': 'check the name, or use the IP address',
  'rtsp.transport': 'try the other --transport',
  'rtsp.not-found': 'check the path or --stream',
  'file.missing': 'check the path',
  'file.denied': 'check who may read or write there',
  'port.taken': 'choose another port, or stop what listens there',
}

/** What Node says when a file or port fails, in our words: the one place where its codes are known. */
const SYSTEM: Readonly<Record<string, readonly [code: string, what: string]>> = {
  ENOENT: ['file.missing', 'no such file or folder'],
  EISDIR: ['file.kind', 'this is a folder'],
  EACCES: ['file.denied', 'not allowed'],
  EPERM: ['file.denied', 'not allowed'],
  ENOSPC: ['file.full', 'the disk is full'],
  EADDRINUSE: ['port.taken', 'the port is taken'],
}

/** The line and the exit code of an error. */
export function describeFailure(error: unknown): { line: string; exitCode: 1 | 2 } {
  if (error instanceof HmpError && USAGE.has(error.code))
    return { line: `hmp: ${oneLine(error.message)} [${error.code}]`, exitCode: 2 }
  const { code, message, where } = read(error)
  const advice = ADVICE[code] ?? ADVICE[`${code.split('.')[0]}`]
  const place = where && !message.includes(where) ? `${where}: ` : ''
  return { line: `hmp: ${place}${oneLine(message)}${advice ? `; ${advice}` : ''} [${code}]`, exitCode: 1 }
}

function read(error: unknown): { code: string; message: string; where?: string | undefined } {
  if (error instanceof LinkError) return { code: error.code, message: error.message, where: error.address }
  if (error instanceof HmpError) return { code: error.code, message: error.message }
  if (!(error instanceof Error)) return { code: 'defect', message: String(error) }
  const { code, path, port } = error as NodeJS.ErrnoException & { port?: number }
  const known = code === undefined ? undefined : SYSTEM[code]
  if (known)
    return { code: known[0], message: known[1], where: path ?? (port === undefined ? undefined : `port ${port}`) }
  return { code: 'defect', message: `${error.name}: ${error.message}` }
}

/** HMP_DEBUG=1 adds the stack, for those who work on OpenHMP. */
export function reportFailure(error: unknown): 1 | 2 {
  const { line, exitCode } = describeFailure(error)
  process.stderr.write(`${line}\n`)
  if (process.env['HMP_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return exitCode
}

const oneLine = (text: string) => text.replace(/\s*[\r\n]+\s*/g, ' ').trim()
