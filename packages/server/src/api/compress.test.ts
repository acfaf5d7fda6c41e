// SPDX-License-Identifier: Apache-2.0
import { gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { COMPRESSED_FROM_BYTES, compressLarge } from './compress.ts'

const long = { text: 'device '.repeat(COMPRESSED_FROM_BYTES / 7 + 1) }
const ask = async (path: string, accepted: string | undefined) => {
  await using app = Fastify()
  app.addHook('onSend', compressLarge)
  app.get('/long', async () => long)
  app.get('/short', async () => ({ text: 'device' }))
  app.get('/bytes', async () => Buffer.alloc(COMPRESSED_FROM_BYTES * 2))
  return await app.inject({ path, headers: accepted === undefined ? {} : { 'accept-encoding': accepted } })
}

describe('large answers', () => {
  it.each(['gzip', 'br, gzip;q=0.5', 'deflate,gzip'])('are compressed for %s', async (accepted) => {
    const answer = await ask('/long', accepted)
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    expect(answer.rawPayload.length).toBeLessThan(1000)
    expect(JSON.parse(gunzipSync(answer.rawPayload).toString())).toEqual(long)
  })
  it.each([undefined, '', 'br', 'gzip;q=0', 'gzip; q=0.0, br'])('go as they are for %s', async (accepted) => {
    const answer = await ask('/long', accepted)
    expect(answer.headers['content-encoding']).toBeUndefined()
    expect(answer.json()).toEqual(long)
  })
  it.each(['/short', '/bytes'])('only: %s goes as it is', async (path) => {
    expect((await ask(path, 'gzip')).headers['content-encoding']).toBeUndefined()
  })
})
