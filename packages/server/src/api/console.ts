// SPDX-License-Identifier: Apache-2.0
/** The web console's files: the page with a nonce of its own each time, hashed assets kept by browsers for ever. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import fastifyStatic from '@fastify/static'
import { API_ROOT } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { filePolicy, pagePolicy } from './security.ts'

const NONCE_MARK = /__CSP_NONCE__/g

/** Serves a built console. Any path that is no file and no API is the page: it has its own router. */
export const serveConsole = async (app: FastifyInstance, consoleDir: string): Promise<void> => {
  const root = resolve(consoleDir)
  const sendPage = async (reply: FastifyReply): Promise<FastifyReply> => {
    const page = await readFile(join(root, 'index.html'), 'utf8').catch((cause: unknown) => {
      throw new Refusal('unavailable', 'console.missing', 'the console is not built: npm start builds it', { cause })
    })
    const nonce = randomBytes(16).toString('base64')
    reply.header('content-security-policy', pagePolicy(nonce))
    return reply.type('text/html; charset=utf-8').send(page.replace(NONCE_MARK, nonce))
  }
  await app.register(fastifyStatic, {
    root,
    index: false,
    dotfiles: 'deny',
    cacheControl: false,
    setHeaders: (reply, path) => {
      const isHashed = path.startsWith(join(root, 'assets'))
      reply.header('content-security-policy', filePolicy)
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
    schemaHide: true,
  })
  for (const path of ['/', '/index.html'])
    app.get(path, { schema: { hide: true } }, async (_request, reply) => sendPage(reply))
  app.setNotFoundHandler(async (request, reply) => {
    const isPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    if (isPage && !request.url.startsWith(`${API_ROOT}/`)) return sendPage(reply)
    throw new Refusal('not-found', 'path.unknown', `nothing is at ${request.url.split('?')[0]!.slice(0, 200)}`)
  })
}
