// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '@openhmp/protocol/base'
import { afterEach, describe, expect, it } from 'vitest'
import { readUpgradeStatus, uploadFirmware } from './firmware.ts'
import { IsapiClient } from './isapi-client.ts'

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    }),
}
const INFO =
  '<DeviceInfo><model>M</model><serialNumber>S</serialNumber><firmwareVersion>V1</firmwareVersion></DeviceInfo>'
const OK = '<ResponseStatus><statusCode>1</statusCode><subStatusCode>ok</subStatusCode></ResponseStatus>'
const NO = '<ResponseStatus><statusCode>6</statusCode><subStatusCode>badDevType</subStatusCode></ResponseStatus>'
const PIECE = new Uint8Array(64 * 1024).fill(7)

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const device = async (take: (request: IncomingMessage, response: ServerResponse) => void): Promise<IsapiClient> => {
  const server = createServer((request, response) => {
    if (request.url === '/ISAPI/System/deviceInfo') response.setHeader('content-type', 'application/xml').end(INFO)
    else take(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new IsapiClient({ address, credentials: { username: 'admin', password: 'x' }, clock, answerMs: 500 })
  ends.push(
    () => client[Symbol.asyncDispose](),
    () => void server.closeAllConnections(),
    () => void server.close(),
  )
  return client
}

const imageOf = (pieces: number) => {
  const seen: number[] = []
  const image = {
    sizeBytes: pieces * PIECE.length,
    async *open() {
      for (let i = 0; i < pieces; i++) yield PIECE
    },
    onProgress: (sent: number) => void seen.push(sent),
  }
  return { image, seen }
}

describe('uploadFirmware', () => {
  it('sends the whole image, no faster than the device takes it, and may take longer than an answer', async () => {
    let got = 0
    const take = async (request: IncomingMessage, response: ServerResponse) => {
      for await (const part of request) {
        got += (part as Buffer).length
        if (got % (1024 * 1024) < 65_536) await clock.sleep(60)
      }
      response.end(OK)
    }
    const client = await device((request, response) => void take(request, response))
    const { image, seen } = imageOf(16 * 16)
    expect(await uploadFirmware(client, image)).toBe('taken')
    expect(got).toBe(image.sizeBytes)
    expect(seen.at(-1)).toBe(image.sizeBytes)
  })

  it('stops when the device refuses at once', async () => {
    const client = await device((request, response) => {
      request.once('data', () => response.writeHead(403, { connection: 'close' }).end(NO))
    })
    const { image, seen } = imageOf(16 * 64)
    await expect(uploadFirmware(client, image)).rejects.toMatchObject({ code: 'isapi.badDevType' })
    expect(seen.length).toBeLessThan(16 * 64)
  })

  it('says that only the device knows, when the line goes after the last byte', async () => {
    const client = await device((request) => {
      request.resume().once('end', () => request.socket.destroy())
    })
    expect(await uploadFirmware(client, imageOf(4).image)).toBe('unclear')
  })

  it('fails when the line goes on the way', async () => {
    const client = await device((request) => void request.once('data', () => request.socket.destroy()))
    await expect(uploadFirmware(client, imageOf(16 * 16).image)).rejects.toMatchObject({ code: 'link.reset' })
  })

  it('gives up a device that stands still', async () => {
    const client = await device((request) => void request.pause())
    await expect(uploadFirmware(client, imageOf(16 * 64).image)).rejects.toMatchObject({ code: 'link.timeout' })
  })

  it('sends nothing where the way is too narrow, or the image too large', async () => {
    const client = await device(() => {})
    const narrow = { ...client, name: 'x', upload: undefined } as never
    await expect(uploadFirmware(narrow, imageOf(1).image)).rejects.toMatchObject({ code: 'firmware.way' })
    const large = { ...imageOf(1).image, sizeBytes: 512 * 1024 * 1024 + 1 }
    await expect(uploadFirmware(client, large)).rejects.toMatchObject({ code: 'firmware.large' })
  })
})

describe('readUpgradeStatus', () => {
  it('reads how far it is', async () => {
    const text = '<upgradeStatus><upgrading>true</upgrading><percent>37</percent></upgradeStatus>'
    const client = await device((_, response) => void response.end(text))
    expect(await readUpgradeStatus(client)).toEqual({ isUpgrading: true, share: 0.37 })
  })

  it('takes firmware without the document for one that is not upgrading', async () => {
    const client = await device((_, response) => void response.writeHead(404).end())
    expect(await readUpgradeStatus(client)).toEqual({ isUpgrading: false, share: undefined })
  })
})
