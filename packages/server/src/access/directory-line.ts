// SPDX-License-Identifier: Apache-2.0
/**
 * One connection to a directory: TLS from the first byte, or StartTLS before anything else (RFC 4513 section 3.1), with a bound
 * on time and size. It is dialled once: the library would dial again by itself, and without StartTLS.
 */
import { connect, type Socket } from 'node:net'
import { rootCertificates, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { judgedLookup } from '@openhmp/client'
import { LinkError, Refusal } from '@openhmp/protocol/base'
import type { Client, ClientOptions } from 'ldapts'
import { checkHost, type ReachOptions, reachOf } from '../fleet/reach.ts'

/** All that a directory may say to one question. */
export const MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
/** For one question, from the first to the last byte. */
const WHOLE_MS = 15_000
const STEP_MS = 5000

/** Owns its connection until disposed. */
export interface DirectoryLine extends AsyncDisposable {
  readonly client: Client
  /** Rejects when it has taken too long, or too much has come. */
  readonly late: Promise<never>
}

/** Connects. Rejects with `Refusal` `address.forbidden`, `LinkError`, or what Node says. */
export const dialDirectory = async (
  { url, ca }: { url: string; ca: string | null },
  reach: ReachOptions,
): Promise<DirectoryLine> => {
  const place = new URL(url)
  const isTls = place.protocol === 'ldaps:'
  const host = place.hostname.replace(/^\[|\]$/g, '')
  const port = Number(place.port) || (isTls ? 636 : 389)
  await checkHost(host, reach, port)
  const { Client } = await import('ldapts')
  const sockets: Socket[] = []
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => {}) // told to whoever waits for it
  const guarded = <S extends Socket>(socket: S): S => {
    let size = 0
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_DIRECTORY_BYTES) return
      over.reject(new Refusal('unavailable', 'directory.long', 'the answer of the directory is too long'))
      socket.destroy()
    })
    socket.on('error', () => {}) // the library tells of it, while it listens
    sockets.push(socket)
    return socket
  }
  const once = (): void => {
    if (sockets.length > 0) throw new LinkError('link.closed', `${url}: the directory has closed the connection`)
  }
  // The name may mean another host by now.
  const lookup = judgedLookup(reachOf(reach), port)
  const trust = {
    ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
    servername: /[a-z]/i.test(host) ? host : '',
  }
  const plain = (): Socket => {
    once()
    const socket = connect({ host, port, lookup })
    socket.on('error', () => {}) // as above
    sockets.push(socket)
    return socket
  }
  const secure = (): TLSSocket => {
    once()
    return guarded(tlsConnect({ host, port, lookup, ...trust }))
  }
  const upgrade = (options: object): TLSSocket => guarded(tlsConnect({ ...options, host, ...trust }))
  const made: ClientOptions = {
    ...{ url: `${place.protocol}//${place.host}`, timeout: STEP_MS, connectTimeout: STEP_MS },
    createConnection: plain as NonNullable<ClientOptions['createConnection']>,
    createSecureConnection: (isTls ? secure : upgrade) as NonNullable<ClientOptions['createSecureConnection']>,
  }
  const client = new Client(made)
  const timer = setTimeout(() => over.reject(new LinkError('link.timeout', `${url}: no answer in time`)), WHOLE_MS)
  const close = (): void => {
    clearTimeout(timer)
    for (const socket of sockets) socket.destroy()
  }
  try {
    if (!isTls) await Promise.race([client.startTLS(trust), over.promise])
  } catch (error) {
    close()
    throw error
  }
  return { client, late: over.promise, [Symbol.asyncDispose]: async () => close() }
}
