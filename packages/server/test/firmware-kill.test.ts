// SPDX-License-Identifier: Apache-2.0
/** A firmware job over fifty devices whose server is killed ten times: nobody is flashed twice, nobody is forgotten. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, JobDevice } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'

const DEVICES = 50
const KILLS = 10
const IMAGE_BYTES = 16 * 4096
const FLASH_MS = 150
const AWAY_MS = 150

type Nature = 'good' | 'refuses' | 'dud'
interface FlashDevice {
  readonly nature: Nature
  readonly server: Server
  port: number
  version: string
  flashes: number
}

const xml = (response: ServerResponse, text: string, status = 200) =>
  void response.writeHead(status, { 'content-type': 'application/xml' }).end(text)
const status = (code: number, word: string) =>
  `<ResponseStatus><statusCode>${code}</statusCode><subStatusCode>${word}</subStatusCode></ResponseStatus>`

const makeDevice = async (nature: Nature): Promise<FlashDevice> => {
  let upgradingTo = 0
  let awayTo = 0
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const now = performance.now()
    if (now < awayTo) request.socket.destroy()
    else if (request.url === '/ISAPI/System/upgradeStatus')
      xml(response, `<upgradeStatus><upgrading>${now < upgradingTo}</upgrading></upgradeStatus>`)
    else if (request.url === '/ISAPI/System/updateFirmware') take(request, response)
    else if (request.url === '/ISAPI/System/reboot') xml(response, status(1, 'ok'))
    else
      xml(
        response,
        `<DeviceInfo><model>A</model><firmwareVersion>${device.version} build 1</firmwareVersion></DeviceInfo>`,
      )
  }
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    let got = 0
    request.on('error', () => {}) // the server was killed: the old version stays
    request.on('data', (piece: Buffer) => {
      got += piece.length
    })
    request.on('end', () => {
      if (got !== IMAGE_BYTES || !request.complete) return
      if (nature === 'refuses') return xml(response, status(6, 'badDevType'), 403)
      device.flashes++
      upgradingTo = performance.now() + FLASH_MS
      awayTo = 0
      setTimeout(() => {
        awayTo = performance.now() + AWAY_MS
        if (nature === 'good') device.version = 'V2'
      }, FLASH_MS)
      xml(response, status(1, 'ok'))
    })
  }
  const device: FlashDevice = { nature, server: createServer(answer), port: 0, version: 'V1', flashes: 0 }
  await new Promise<void>((resolve) => device.server.listen(0, '127.0.0.1', resolve))
  device.port = (device.server.address() as AddressInfo).port
  return device
}

/** Runs the server; kills it so long after it was ready, or gives what it said at its end. */
const serve = (dataDir: string, ports: string, killAfterMs: number | undefined): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'flash-server.ts'), dataDir, ports])
    let said = ''
    let faults = ''
    let timer: NodeJS.Timeout | undefined
    child.stderr.on('data', (text: Buffer) => {
      faults += text.toString()
    })
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString()
      if (killAfterMs !== undefined && said.startsWith('ready'))
        timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code === 0 || (code === null && killAfterMs !== undefined)) resolve(said)
      else reject(new Error(`the server ended with ${code}: ${faults}`))
    })
  })

describe('firmware through kills of the server', () => {
  it('flashes nobody twice and forgets nobody', { timeout: 120_000 }, async () => {
    const natures = Array.from(
      { length: DEVICES },
      (_, i): Nature => (i % 5 !== 2 ? 'good' : i % 2 ? 'refuses' : 'dud'),
    )
    const devices = await Promise.all(natures.map(makeDevice))
    const dataDir = mkdtempSync(join(tmpdir(), 'hmp-kill-'))
    try {
      const ports = devices.map(({ port }) => port).join(',')
      let kills = 0
      for (; kills < KILLS; kills++) {
        const said = await serve(dataDir, ports, 150 + ((kills * 97) % 300))
        if (said.includes('{')) break // it was through before
      }
      expect(kills).toBe(KILLS)
      const said = await serve(dataDir, ports, undefined)
      const report = JSON.parse(said.split('\n')[1]!) as { job: Job; devices: JobDevice[] }
      expect(report.devices).toHaveLength(DEVICES)
      const { counts } = report.job
      expect(counts).toMatchObject({ total: DEVICES, waiting: 0, running: 0 })
      let unclear = 0
      for (const [i, { nature, flashes, version }] of devices.entries()) {
        const told = report.devices[i]!
        expect(flashes, told.text ?? '').toBeLessThanOrEqual(1)
        if (nature === 'good' && flashes === 1) expect([told.state, version]).toEqual(['done', 'V2'])
        else if (nature === 'good') {
          // Killed between the word on the disk and the last piece on the wire: never sent again by itself, and said so.
          expect([told.state, told.errorCode]).toEqual(['failed', 'firmware.unclear'])
          unclear++
        } else if (nature === 'dud') expect([told.state, told.errorCode]).toEqual(['failed', 'firmware.unclear'])
        else expect(['isapi.badDevType', 'firmware.unclear']).toContain(told.errorCode)
      }
      expect(counts.done).toBe(DEVICES - 10 - unclear)
      expect(counts.failed).toBe(10 + unclear)
      expect(unclear).toBeLessThanOrEqual(KILLS)
    } finally {
      for (const { server } of devices) {
        server.closeAllConnections()
        server.close()
      }
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
