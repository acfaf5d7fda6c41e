// SPDX-License-Identifier: Apache-2.0
/** The HTTP of a hostile device: what it answers in place of the truth (`--fault evil-NAME`). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EvilName } from '../device/evil.ts'

const PIECE_BYTES = 16 * 1024
const EVIL_CHANNELS = 10_000
const TEN_GIGABYTES = 10_000_000_000

type Exchange = (request: IncomingMessage, response: ServerResponse) => void

/** Writes the same piece for as long as somebody takes it, and no more than is taken. */
const forever = (response: ServerResponse, piece: string): void => {
  const { socket } = response
  if (!socket) return
  const push = () => {
    while (!socket.destroyed && socket.writableLength < 4 * PIECE_BYTES) socket.write(piece)
  }
  socket.on('drain', push)
  push()
}

const xml = (response: ServerResponse, body: string): void => {
  response.writeHead(200, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

/** Ten levels of ten: 10^10 times the first. */
const bomb = (): string => {
  const levels = Array.from({ length: 10 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`)
  return `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">${levels.join('')}]><DeviceInfo><deviceName>&e10;</deviceName></DeviceInfo>`
}

const channels = (): string => {
  const one = (_: unknown, i: number) =>
    `<VideoInputChannel><id>${i + 1}</id><inputPort>${i + 1}</inputPort><name>c${i + 1}</name></VideoInputChannel>`
  return `<VideoInputChannelList>${Array.from({ length: EVIL_CHANNELS }, one).join('')}</VideoInputChannelList>`
}

const to =
  (location: string): Exchange =>
  (_, response) => {
    response.writeHead(302, { Location: location, 'Content-Length': 0 })
    response.end()
  }

const challenge = (response: ServerResponse, header: string): void => {
  response.writeHead(401, { 'WWW-Authenticate': header, 'Content-Length': 0 })
  response.end()
}

const harmless = '<DeviceInfo><deviceName>x</deviceName><model>x</model><serialNumber>x</serialNumber></DeviceInfo>'

const digest = (algorithm: string): string =>
  `Digest realm="evil", qop="auth", nonce="${algorithm}00", algorithm=${algorithm}`

const everything: Partial<Record<EvilName, Exchange>> = {
  entities: (_, response) => xml(response, bomb()),
  endless: (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/xml', Connection: 'close' })
    response.write('<DeviceInfo><deviceName>')
    forever(response, `${PIECE_BYTES.toString(16)}\r\n${'a'.repeat(PIECE_BYTES)}\r\n`)
  },
  header: ({ socket }, response) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    forever(response, `X-Filler: ${'a'.repeat(PIECE_BYTES)}\r\n`)
  },
  length: ({ socket }) => {
    socket.end(
      `HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: ${TEN_GIGABYTES}\r\n\r\n<DeviceInfo>`,
    )
  },
  redirect: to('http://127.0.0.1:22/ISAPI/System/deviceInfo'),
  elsewhere: to('http://169.254.169.254/latest/meta-data/'),
  basic: (_, response) => challenge(response, 'Basic realm="evil"'),
}

/** What a page, a spreadsheet, a log and a file system could each be hurt by. */
const EVIL_TEXT = `"><script>window.__hacked=1</script><img src=x onerror="window.__hacked=1">=1+1\u0085../../x`
const escaped = EVIL_TEXT.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
const info = ['deviceName', 'deviceID', 'model', 'serialNumber', 'macAddress', 'firmwareVersion', 'deviceType']
  .map((name) => `<${name}>${escaped}</${name}>`)
  .join('')
const named = `<VideoInputChannelList><VideoInputChannel><id>1</id><inputPort>1</inputPort><name>${escaped}</name></VideoInputChannel></VideoInputChannelList>`

const some: Partial<Record<EvilName, readonly (readonly [RegExp, Exchange])[]>> = {
  names: [
    [/\/System\/deviceInfo$/i, (_, response) => xml(response, `<DeviceInfo>${info}</DeviceInfo>`)],
    [/\/System\/Video\/inputs\/channels$/i, (_, response) => xml(response, named)],
  ],
  channels: [[/\/System\/Video\/inputs\/channels$/i, (_, response) => xml(response, channels())]],
  alerts: [
    [
      /\/Event\/notification\/alertStream$/i,
      (_, response) => {
        response.writeHead(200, { 'Content-Type': 'multipart/mixed; boundary=boundary', Connection: 'close' })
        response.write('--boundary\r\nContent-Type: application/xml\r\n\r\n<EventNotificationAlert><eventType>')
        forever(response, `${PIECE_BYTES.toString(16)}\r\n${'a'.repeat(PIECE_BYTES)}\r\n`)
      },
    ],
  ],
}

/** Made once for each device: some remember what they did. True when the answer was its. */
export const evilAnswers = (name: EvilName | undefined): ((...exchange: Parameters<Exchange>) => boolean) => {
  if (name === undefined) return () => false
  let logins = 0
  if (name === 'downgrade')
    return ({ headers }, response) => {
      const given = headers.authorization ?? ''
      if (given.includes('SHA-256') && logins++ === 0) xml(response, harmless)
      else challenge(response, digest(logins === 0 ? 'SHA-256' : 'MD5'))
      return true
    }
  const always = everything[name]
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const act = always ?? some[name]?.find(([pattern]) => pattern.test(path))?.[1]
    if (!act) return false
    request.resume()
    act(request, response)
    return true
  }
}
