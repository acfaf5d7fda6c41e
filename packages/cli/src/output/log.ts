// SPDX-License-Identifier: Apache-2.0
/** The server's log on standard error: a line for people, or a JSON value a line. Warnings and above unless HMP_LOG says otherwise. */
import { systemClock } from '@openhmp/client'
import { UsageError } from './failure.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
type Level = (typeof LEVELS)[number]

/** As much of pino's face as fastify asks for. */
export interface Log extends Record<Level, (first: unknown, second?: string) => void> {
  level: string
  child(bindings: Record<string, unknown>): Log
}

export function createLog(isJson: boolean, bindings: Record<string, unknown> = {}): Log {
  const level = (process.env['HMP_LOG'] ?? 'warn') as Level
  if (!LEVELS.includes(level)) throw new UsageError(`HMP_LOG is ${level}, not one of ${LEVELS.join(', ')}`)
  const at = (name: Level) => {
    if (LEVELS.indexOf(name) < LEVELS.indexOf(level) || name === 'silent') return () => {}
    return (first: unknown, second?: string) => write(isJson, name, bindings, first, second)
  }
  return {
    level,
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    silent: at('silent'),
    child: (more) => createLog(isJson, { ...bindings, ...more }),
  }
}

function write(isJson: boolean, level: Level, bindings: object, first: unknown, second: string | undefined): void {
  const time = new Date(systemClock.now()).toISOString()
  const fields = typeof first === 'object' && first !== null ? { ...first } : {}
  const text = typeof first === 'string' ? first : (second ?? '')
  const { err, ...rest } = { ...bindings, ...fields } as { err?: unknown }
  const error = err instanceof Error ? { error: err.message, stack: err.stack } : {}
  if (isJson) {
    process.stderr.write(`${JSON.stringify({ time, level, text, ...rest, ...error })}\n`)
    return
  }
  const why = err instanceof Error ? `: ${err.message}` : ''
  const shown = Object.entries(rest)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => ` ${name}=${value}`)
  process.stderr.write(`${time.slice(11, 19)} ${level} ${text}${why}${shown.join('')}\n`)
  if (level === 'fatal' && err instanceof Error) process.stderr.write(`${err.stack}\n`)
}
