// SPDX-License-Identifier: Apache-2.0
/** `hmp serve`: the CMS, until stopped. The one place where the server meets the demo site. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@openhmp/client'
import { type ServerOptions, startServer } from '@openhmp/server'
import { readConfig } from '../config/config.ts'
import { childSite } from '../demo/child-site.ts'
import { stopSignal } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import { createLog } from '../output/log.ts'
import type { Output } from '../output/output.ts'

const consoleDir = fileURLToPath(new URL('../../../console/dist', import.meta.url))

export interface ServeOptions {
  readonly data?: string
  readonly port?: number
  readonly rtspPort?: number
  readonly pushPort?: number
  readonly host?: string
  readonly demo?: number
  readonly certificate?: string
  readonly key?: string
}

export async function runServe(options: ServeOptions, output: Output): Promise<void> {
  const config = readConfig({ ...options })
  const { data, host, port, rtspPort, pushPort, demo, keyFile, adminPassword, allowLoopback } = config
  const { certificate, key } = config
  if ((certificate === undefined) !== (key === undefined))
    throw new UsageError('a certificate and its key come together: --certificate FILE --key FILE')
  if (rtspPort !== undefined) output.note('This version has no RTSP server yet: the RTSP port has no effect.')
  const stop = stopSignal()
  const early: SetupCode[] = []
  let isReady = false
  const died = Promise.withResolvers<never>()
  await using server = await startServer({
    dataDir: data,
    port,
    clock: systemClock,
    log: createLog(output.isJson),
    demoSite: childSite,
    ...(demo > 0 ? { demoCameras: demo } : {}),
    allowLoopback,
    ...(existsSync(consoleDir) ? { consoleDir } : {}),
    ...(host === undefined ? {} : { host }),
    ...(pushPort === undefined ? {} : { pushPort }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(certificate === undefined || key === undefined ? {} : { certificate: { certificate, key } }),
    ...(adminPassword === undefined ? {} : { adminPassword }),
    onSetupCode: (code) => (isReady ? tellCode(code, output) : early.push(code)),
    onFatal: (error) => died.reject(error),
  })
  const { url, caFingerprint, names } = server
  const reload = () => {
    server
      .reloadCertificate()
      .catch((error: unknown) => output.note(error instanceof Error ? error.message : String(error)))
  }
  if (certificate !== undefined) process.on('SIGHUP', reload)
  output.line({ kind: 'ready', url, caFingerprint }, () =>
    [
      `OpenHMP is running on ${output.paint('bold', url)}`,
      `Certificate authority: ${pairs(caFingerprint)}`,
      ...(names.length > 0 ? [`Your certificate: ${names.join(', ')}`] : []),
    ].join('\n'),
  )
  isReady = true
  for (const code of early) tellCode(code, output)
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
  await Promise.race([stopped, died.promise])
}

type SetupCode = Parameters<NonNullable<ServerOptions['onSetupCode']>>[0]

const tellCode = ({ url, typed }: SetupCode, output: Output): void =>
  output.line({ kind: 'setup', url, code: typed }, () =>
    [
      `First run: open  ${output.paint('bold', url)}`,
      `           or type the code ${output.paint('bold', typed)} there`,
    ].join('\n'),
  )

const pairs = (digits: string) => (digits.match(/../g) ?? []).join(':').toUpperCase()
