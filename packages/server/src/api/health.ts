// SPDX-License-Identifier: Apache-2.0
/** Health for supervisors, metrics for Prometheus: outside of the contract, because their forms are others' standards. */
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** One figure: its name without `openhmp_`, what it is, how it is read at the moment of asking. */
export interface Figure {
  readonly name: string
  readonly help: string
  read(): number
}

interface HealthOptions {
  /** Rejects when the server cannot do its work. */
  check(): Promise<void>
  readonly figures: readonly Figure[]
  /** Whether the caller has signed in. */
  isKnown(cookies: Readonly<Record<string, string | undefined>>): boolean
}

/** Health is public and says one word; metrics are for this machine and for users who have signed in. */
export const serveHealth = (app: FastifyInstance, { check, figures, isKnown }: HealthOptions): void => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name, help, read } of figures) {
    new Gauge({
      name: `openhmp_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  app.get('/healthz', { schema: { hide: true } }, async (_request, reply) => {
    try {
      await check()
      return await reply.send({ status: 'ok' })
    } catch {
      return reply.code(503).send({ status: 'failing' })
    }
  })
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const isLocal = request.ip === '127.0.0.1' || request.ip === '::1' || request.ip === '::ffff:127.0.0.1'
    if (!isLocal && !isKnown(request.cookies))
      return reply.code(401).send({ code: 'session.missing', text: 'sign in first' })
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
