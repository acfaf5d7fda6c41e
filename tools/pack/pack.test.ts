// SPDX-License-Identifier: Apache-2.0
/**
 * The packages as a stranger gets them, unpacked from their archives: his program is checked by the compiler and runs, and `hmp` serves
 * the console. `HMP_PACK_NODE` names another Node to run it with: 22.16 is the oldest that is promised.
 */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../house/sources.ts'
import { freePort } from '../product/start.ts'
import { packAll } from './pack.ts'

const run = promisify(execFile)
const node = process.env['HMP_PACK_NODE'] ?? process.execPath
/** Below the root: what the packages need of others is found from there without a registry. */
const stage = join(root, 'dist', 'pack-test')
const home = join(stage, 'stranger')

const compilerOptions = {
  ...{ strict: true, skipLibCheck: false, module: 'nodenext', target: 'es2022', types: ['node'] },
  lib: ['es2024', 'esnext.disposable', 'esnext.iterator'],
}
const program = `
import { describeDevice, IsapiClient, openRtsp, systemClock as clock } from '@openhmp/client'
import { startEmulator } from '@openhmp/emulator'
import type { MediaDescription } from '@openhmp/protocol/sdp'

const credentials = { username: 'admin', password: 'Stranger12' }
await using emulator = await startEmulator({
  cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, user: credentials.username, password: credentials.password,
})
const camera = emulator.devices[0]!
await using device = new IsapiClient({ address: camera.httpUrl, credentials, clock })
const { model } = await describeDevice(device)
const picture: Uint8Array = await device.picture(101)
const units: number[] = []
let media: readonly MediaDescription[] = []
const whole = Promise.withResolvers<void>()
const signal = AbortSignal.timeout(10_000)
await using _play = await openRtsp({
  url: camera.rtspUrl, credentials, transport: 'tcp', clock, signal,
  onDescription: (all) => { media = all },
  onUnit: ({ timestamp }) => { if (units.push(timestamp) === 20) whole.resolve() },
})
await whole.promise
console.log(JSON.stringify({
  node: process.versions.node, isModel: model === camera.model, start: [...picture.subarray(0, 2)], codecs: media.map(({ codec }) => codec),
}))
`

describe('the packages as they are published', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    const scope = join(home, 'node_modules', '@openhmp')
    for (const { name, folder } of packAll(stage)) {
      const to = join(scope, name.replace('@openhmp/', ''))
      mkdirSync(to, { recursive: true })
      const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', stage], { cwd: folder })
      await run('tar', ['xzf', join(stage, stdout.trim()), '--strip-components=1', '-C', to])
    }
    writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['stranger.ts'] }))
    writeFileSync(join(home, 'stranger.ts'), program)
  }, 240_000)
  afterAll(() => rmSync(stage, { recursive: true, force: true }))

  it('type-check, and run', async () => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const checked = await run(node, [compiler, '-p', 'tsconfig.json'], { cwd: home }).catch((error) => error)
    expect(checked.stdout).toBe('')
    const { stdout } = await run(node, ['stranger.js'], { cwd: home })
    expect(JSON.parse(stdout)).toMatchObject({ isModel: true, start: [0xff, 0xd8], codecs: ['h264', 'pcma'] })
  })

  it('bring the command, which serves the console', async () => {
    const hmp = join(home, 'node_modules', '@openhmp', 'cli', 'bin', 'hmp.mjs')
    const port = await freePort()
    const env = {
      ...process.env,
      HMP_DATA: join(home, 'data'),
      HMP_KEY_FILE: join(home, 'key'),
      HMP_PORT: String(port),
    }
    const child = spawn(node, [hmp, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    try {
      await new Promise<void>((resolve, reject) => {
        let said = ''
        child.stdout.setEncoding('utf8').on('data', (part: string) => {
          said += part
          if (said.includes('is running on')) resolve()
        })
        void ended.then(() => reject(new Error(`it ended: ${said}`)))
      })
      const page = await new Promise<string>((resolve, reject) => {
        const request = get({ host: '127.0.0.1', port, path: '/', rejectUnauthorized: false }, async (answer) => {
          let text = ''
          for await (const part of answer.setEncoding('utf8')) text += part
          resolve(text)
        })
        request.on('error', reject)
      })
      expect(page).toContain('<title>OpenHMP</title>')
    } finally {
      child.kill()
      await ended
    }
  })
})
