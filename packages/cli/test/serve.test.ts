// SPDX-License-Identifier: Apache-2.0
/** `hmp serve` with its demo site, and `hmp serve` killed: the emulated cameras end with it, however it ends. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startHmp } from './hmp.ts'

const PASSWORD = 'a long password for tests'
let folder = ''
let server: ChildProcess
let lines: AsyncIterableIterator<string>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-serve-'))
})
afterEach(() => {
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function serve(args: readonly string[], env: Record<string, string> = {}): void {
  server = startHmp(
    ['serve', '--data', join(folder, 'data'), '--port', '0', '--host', '127.0.0.1', '--json', ...args],
    {
      HMP_KEY_FILE: join(folder, 'key'),
      ...env,
    },
  )
  const reader: Interface = createInterface({ input: server.stdout! })
  lines = reader[Symbol.asyncIterator]() as AsyncIterableIterator<string>
}
const nextLine = async () => JSON.parse((await lines.next()).value as string)
const ended = () => new Promise((resolve) => server.once('close', (code, signal) => resolve(code ?? signal)))

/** A call of the API, which has a certificate of its own. */
function call(url: string, options: { method?: string; body?: unknown; cookie?: string } = {}) {
  return new Promise<{ status: number; cookie: string; value: unknown }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', origin: new URL(url).origin, cookie: options.cookie ?? '' }
    const asked = request(
      url,
      { method: options.method ?? 'GET', headers, rejectUnauthorized: false },
      async (answer) => {
        let text = ''
        for await (const chunk of answer.setEncoding('utf8')) text += chunk
        const cookie = (answer.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ')
        resolve({ status: answer.statusCode!, cookie, value: text === '' ? undefined : JSON.parse(text) })
      },
    )
    asked.on('error', reject)
    asked.end(options.body === undefined ? undefined : JSON.stringify(options.body))
  })
}

describe('hmp serve', () => {
  it('prints a first-run code, says when it is ready, and ends on SIGTERM with 0', async () => {
    serve([])
    const said = [await nextLine(), await nextLine()]
    const setup = said.find((line) => line.kind === 'setup')
    const ready = said.find((line) => line.kind === 'ready')
    expect(setup).toMatchObject({ code: expect.stringMatching(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/) })
    expect(ready).toMatchObject({
      url: expect.stringMatching(/^https:/),
      caFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/i),
    })
    const { value } = await call(`${ready.url}/api/v1/system`)
    expect(value).toMatchObject({ product: 'OpenHMP', needsSetup: true, canDemo: true })
    const end = ended()
    server.kill('SIGTERM')
    expect(await end).toBe(0)
  }, 30_000)

  it('starts the demo site, whose cameras end when the server is killed', async () => {
    serve(['--demo', '4'], { HMP_ADMIN_PASSWORD: PASSWORD })
    const { url } = await nextLine()
    const { cookie } = await call(`${url}/api/v1/session`, {
      method: 'POST',
      body: { name: 'admin', password: PASSWORD },
    })
    type Device = {
      kind: string
      address: string
      state: { state: string }
      channels: { streams: { codec: string }[] }[]
    }
    let devices: Device[] = []
    const isWhole = () =>
      devices.length === 4 && devices.every((one) => one.state.state === 'online' && one.channels.length > 0)
    for (let tries = 0; tries < 100 && !isWhole(); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      devices = ((await call(`${url}/api/v1/devices`, { cookie })).value as { devices: Device[] }).devices
    }
    expect(isWhole()).toBe(true)
    expect(devices.map((one) => one.kind).sort()).toEqual(['hmp', 'hmp', 'isapi', 'isapi'])
    expect(new Set(devices.map((one) => one.channels[0]!.streams[0]!.codec))).toEqual(new Set(['h264', 'mjpeg']))
    const { address } = devices.find((one) => one.kind === 'isapi')!
    const camera = address.includes('://') ? address : `http://${address}`
    const isThere = () =>
      fetch(camera).then(
        () => true,
        () => false,
      )
    expect(await isThere()).toBe(true)
    const end = ended()
    server.kill('SIGKILL')
    await end
    let there = true
    for (let tries = 0; tries < 50 && there; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      there = await isThere()
    }
    expect(there).toBe(false)
  }, 60_000)
})
