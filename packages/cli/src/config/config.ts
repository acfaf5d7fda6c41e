// SPDX-License-Identifier: Apache-2.0
/**
 * What `hmp serve` is told: options win over environment variables over `hmp.yaml` (or the file that HMP_CONFIG names) over
 * defaults. Every value knows where it comes from, so that `hmp config` can say it.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { UsageError } from '../output/failure.ts'

const port = z.coerce.number().int().min(0).max(65_535)

const YES: readonly unknown[] = [true, '1', 'true', 'yes']
const NO: readonly unknown[] = [false, '0', 'false', 'no']
const flag = z
  .unknown()
  .refine((value) => YES.includes(value) || NO.includes(value), 'yes or no is needed')
  .transform((value) => YES.includes(value))

/** Name in `hmp.yaml`, its variable, what it may be. */
const SETTINGS = {
  data: { variable: 'HMP_DATA', schema: z.string().min(1), fallback: './data' },
  host: { variable: 'HMP_HOST', schema: z.string().min(1), fallback: undefined },
  port: { variable: 'HMP_PORT', schema: port, fallback: 8443 },
  rtspPort: { variable: 'HMP_RTSP_PORT', schema: port, fallback: undefined },
  pushPort: { variable: 'HMP_PUSH_PORT', schema: port, fallback: undefined },
  demo: { variable: 'HMP_DEMO', schema: z.coerce.number().int().min(0).max(64), fallback: 0 },
  certificate: { variable: 'HMP_CERTIFICATE', schema: z.string().min(1), fallback: undefined },
  key: { variable: 'HMP_KEY', schema: z.string().min(1), fallback: undefined },
  keyFile: { variable: 'HMP_KEY_FILE', schema: z.string().min(1), fallback: undefined },
  allowLoopback: { variable: 'HMP_ALLOW_LOOPBACK', schema: flag, fallback: false },
  adminPassword: { variable: 'HMP_ADMIN_PASSWORD', schema: z.string().min(1), fallback: undefined },
} as const

export type SettingName = keyof typeof SETTINGS
/** Not printed by anything. */
const SECRETS = new Set<SettingName>(['adminPassword'])

export interface Config {
  readonly data: string
  readonly host: string | undefined
  readonly port: number
  readonly rtspPort: number | undefined
  /** Where devices push events to without TLS. */
  readonly pushPort: number | undefined
  /** Emulated cameras to start with. */
  readonly demo: number
  /** Files of the owner's certificate for the console and of its key, PEM. */
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly keyFile: string | undefined
  /** Devices on this machine's own addresses may be added. */
  readonly allowLoopback: boolean
  readonly adminPassword: string | undefined
}

/** A value in force, as `hmp config` shows it. */
export interface SettingInForce {
  readonly name: SettingName
  readonly variable: string
  readonly value: string | number | boolean | undefined
  /** `option`, the variable's name, the file's, or `default`. */
  readonly from: string
}

/** All settings in force. Throws UsageError for a value that does not fit, and for names in the file that nobody knows. */
export function readSettings(options: Partial<Record<SettingName, unknown>> = {}): SettingInForce[] {
  const file = readConfigFile()
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const { variable, schema, fallback } = SETTINGS[name]
    const given = process.env[variable]
    const sources: readonly (readonly [unknown, string])[] = [
      [options[name], 'option'],
      [given === '' ? undefined : given, variable],
      [file.values[name], file.path],
      [fallback, 'default'],
    ]
    const [raw, from] = sources.find(([value]) => value !== undefined) ?? [undefined, 'default']
    if (raw === undefined) return { name, variable, value: undefined, from }
    const checked = schema.safeParse(raw)
    if (!checked.success)
      throw new UsageError(`${name} (${from}) is not right: ${checked.error.issues[0]?.message ?? 'wrong value'}`)
    return { name, variable, value: checked.data, from }
  })
}

export function readConfig(options: Partial<Record<SettingName, unknown>> = {}): Config {
  return Object.fromEntries(readSettings(options).map(({ name, value }) => [name, value])) as unknown as Config
}

/** The value as it may be shown. */
export const shownValue = ({ name, value }: SettingInForce): string | number | boolean | undefined =>
  value !== undefined && SECRETS.has(name) ? '***' : value

function readConfigFile(): { readonly path: string; readonly values: Readonly<Record<string, unknown>> } {
  const named = process.env['HMP_CONFIG'] || undefined
  const path = named ?? 'hmp.yaml'
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return { path, values: {} }
    throw error
  }
  let values: unknown
  try {
    values = parse(text, { maxAliasCount: 0 }) ?? {}
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message.split('\n')[0] : 'no YAML'}`)
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new UsageError(`${path} must hold names with values`)
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(SETTINGS, name))
  if (unknown !== undefined)
    throw new UsageError(
      `${path}: ${JSON.stringify(unknown)} is no setting; there are ${Object.keys(SETTINGS).join(', ')}`,
    )
  return { path, values: values as Record<string, unknown> }
}
