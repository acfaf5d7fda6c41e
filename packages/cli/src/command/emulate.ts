// SPDX-License-Identifier: Apache-2.0
/** `hmp emulate`: cameras and recorders in software, until stopped. */
import { randomBytes } from 'node:crypto'
import { systemClock } from '@openhmp/client'
import { startEmulator } from '@openhmp/emulator'
import { stopSignal } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

export interface EmulateOptions {
  readonly cameras?: number
  readonly recorders?: number
  readonly host: string
  readonly httpPort: number
  readonly rtspPort: number
  readonly httpsPort?: number
  readonly user: string
  /** As they come from the factory. */
  readonly notActivated?: boolean
  readonly discoverable?: boolean
  readonly media?: string
  readonly codec?: 'h264' | 'h265' | 'mjpeg'
  readonly audio?: 'pcma' | 'pcmu'
  readonly fault?: string
  readonly profile?: string
  readonly state?: string
  readonly hmp?: string
  readonly proxy?: string
  readonly join: readonly string[]
}

export async function runEmulate(given: EmulateOptions, output: Output): Promise<void> {
  const options = { ...given, join: [...given.join, ...tokensOfEnvironment()] }
  const recorders = options.recorders ?? 0
  const cameras = options.cameras ?? (recorders > 0 ? 0 : 1)
  checkUsage(options, cameras + recorders)
  const known = process.env['HMP_DEVICE_PASSWORD']
  const password = known ?? randomBytes(9).toString('base64url')
  const stop = stopSignal()
  const { host, httpPort, rtspPort, httpsPort, user, media, codec, audio, fault, profile, state, hmp, proxy } = options
  await using emulator = await startEmulator({
    cameras,
    recorders,
    httpPort,
    rtspPort,
    host,
    user,
    password,
    isActivated: given.notActivated !== true,
    isDiscoverable: given.discoverable === true,
    clock: systemClock,
    onLine: (line: string) => output.note(line),
    ...(httpsPort === undefined ? {} : { httpsPort }),
    ...(media === undefined ? {} : { media }),
    ...(codec === undefined ? {} : { codec }),
    ...(audio === undefined ? {} : { audio }),
    ...(fault === undefined ? {} : { fault }),
    ...(profile === undefined ? {} : { profile }),
    ...(state === undefined ? {} : { stateDir: state }),
    ...(options.join.length === 0
      ? {}
      : {
          hmp: {
            tokens: options.join,
            ...(hmp === undefined ? {} : { url: hmp }),
            ...(proxy === undefined ? {} : { proxy }),
          },
        }),
  })
  for (const device of emulator.devices) {
    const { index, kind, model, serialNumber, httpUrl, httpsUrl, rtspUrl } = device
    const urls = [httpUrl, ...(httpsUrl === undefined ? [] : [httpsUrl]), rtspUrl]
    output.line(device, () => [output.paint('bold', `${kind} ${index}`), ...urls, model, serialNumber].join('  '))
  }
  if (known === undefined)
    output.note(`user ${user}, password ${password} (set HMP_DEVICE_PASSWORD for one of your own)`)
  await new Promise<void>((resolve) => {
    stop.addEventListener('abort', () => resolve())
    // The server's demo site: when the server is gone, however it went, the devices go too.
    process.once('disconnect', () => resolve())
  })
}

/** Tokens are secrets: they may come by HMP_JOIN, with spaces between, instead of by --join. */
const tokensOfEnvironment = (): string[] => (process.env['HMP_JOIN'] ?? '').split(/\s+/).filter((token) => token !== '')

function checkUsage(options: EmulateOptions, devices: number): void {
  const { hmp, join } = options
  if (devices === 0) throw new UsageError('no devices: give --cameras or --recorders')
  if (hmp === undefined && join.some((token) => !token.startsWith('hmp1j:')))
    throw new UsageError('--join needs --hmp URL, but for a token that begins with hmp1j:')
  if (join.length > devices) throw new UsageError(`${join.length} tokens for ${devices} devices`)
  const ports = [options.httpPort, options.rtspPort, options.httpsPort ?? 0]
    .filter((port) => port !== 0)
    .sort((a, b) => a - b)
  for (const [i, port] of ports.entries()) {
    if (port + devices - 1 > 65_535) throw new UsageError(`${devices} devices from port ${port} on run past port 65535`)
    const before = ports[i - 1]
    if (before !== undefined && port - before < devices)
      throw new UsageError(`the ports ${before} and ${port} are too near: ${devices} devices need as many of each`)
  }
}
