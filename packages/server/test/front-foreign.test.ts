// SPDX-License-Identifier: Apache-2.0
/** The one port as others see it: openssl finds TLS 1.3 and nothing older, curl on plain HTTP is told where to go. */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { type House, makePlace, openHouse, type Place } from './harness.ts'

/** What a program prints, with nothing on its standard input. */
const run = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
    child.on('error', reject)
    child.on('close', () => resolve(text))
  })

describe.runIf(needs('openssl'))('the port of the CMS', () => {
  let place: Place
  let house: House
  beforeAll(async () => {
    place = makePlace()
    house = await openHouse(place)
  })
  afterAll(async () => {
    await house[Symbol.asyncDispose]()
    place[Symbol.dispose]()
  })
  const openssl = (...args: string[]): Promise<string> =>
    run('openssl', ['s_client', '-connect', `127.0.0.1:${house.server.port}`, '-servername', 'localhost', ...args])

  it('speaks TLS 1.3, for browsers without asking for a certificate', async () => {
    const text = await openssl('-alpn', 'http/1.1')
    expect(text).toMatch(/TLSv1\.3/)
    expect(text).toContain('ALPN protocol: http/1.1')
    expect(text).toContain('No client certificate CA names sent')
  })

  it('speaks HMP by its ALPN token', async () => {
    expect(await openssl('-alpn', 'hmp/1')).toContain('ALPN protocol: hmp/1')
  })

  it.each(['-tls1_2', '-tls1_1'])('refuses %s', async (version) => {
    expect(await openssl(version)).toMatch(/alert protocol version|no protocols available|unsupported protocol/)
  })

  it('answers plain HTTP with the way to HTTPS', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(house.server.port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nHost: cms.example\r\n\r\n'),
      )
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 (30[178]|400) /)
    expect(answer).toContain('https://')
  })
})
