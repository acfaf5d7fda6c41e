// SPDX-License-Identifier: Apache-2.0
/**
 * Large JSON answers go compressed (RFC 9110 §8.4.1): a list of ten thousand devices is a twentieth so. Small ones are
 * not worth it, pictures are compressed already, and nothing that is kept from strangers stands in one answer with what a
 * stranger can write into it, so that lengths tell nothing.
 */
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers shorter than this go as they are. */
export const COMPRESSED_FROM_BYTES = 16 * 1024

const compress = promisify(gzip)

/** A hook on what is about to be sent. Runs in libuv's pool: pictures do not wait for it. */
export const compressLarge = async (
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> => {
  if (typeof payload !== 'string' || payload.length < COMPRESSED_FROM_BYTES) return payload
  if (!accepts(request.headers['accept-encoding'])) return payload
  reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding').removeHeader('content-length')
  return compress(payload, { level: constants.Z_BEST_SPEED })
}

const accepts = (header: string | string[] | undefined): boolean =>
  /(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(header ?? ''))
