// SPDX-License-Identifier: Apache-2.0
/**
 * The least that a relay in plain Node can do, the same job as `src/relayfloor.c`: whole interleaved packets of one read
 * go to each viewer as one write of one shared buffer. No parsing, no kept group. Usage: PORT CAMERA_PORT CAMERAS.
 */
import { connect, createServer, type Socket } from 'node:net'

const [port, cameraPort, cameraCount] = process.argv.slice(2).map(Number) as [number, number, number]
const MAX_QUEUED_BYTES = 4 << 20
const RETRY_MS = 200

interface Camera {
  sdp: string
  readonly viewers: Set<Socket>
}

/** Length of the RTSP message at `at`, or 0 while it is not whole. */
const messageLength = (bytes: Buffer, at: number): { length: number; head: string } | undefined => {
  const end = bytes.indexOf('\r\n\r\n', at)
  if (end < 0) return undefined
  const head = bytes.toString('latin1', at, end)
  const length = end + 4 - at + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  return at + length <= bytes.length ? { length, head } : undefined
}

const pull = (index: number, camera: Camera): void => {
  const url = `rtsp://127.0.0.1:${cameraPort}/cam${index}`
  let cseq = 0
  let rest: Buffer = Buffer.alloc(0)
  const socket = connect({ port: cameraPort, host: '127.0.0.1', noDelay: true })
  const ask = (method: string, suffix: string, headers: string) =>
    socket.write(`${method} ${url}${suffix} RTSP/1.0\r\nCSeq: ${++cseq}\r\n${headers}\r\n`)
  const answer = (bytes: Buffer, head: string) => {
    if (cseq === 1) {
      camera.sdp = bytes.toString('latin1', head.length + 4)
      ask('SETUP', '/trackID=1', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n')
    } else if (cseq === 2) ask('PLAY', '', `Session: ${/session: *([^;\r]+)/i.exec(head)?.[1]}\r\n`)
  }
  socket.on('connect', () => ask('DESCRIBE', '', 'Accept: application/sdp\r\n'))
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    let from = 0
    while (bytes.length - at >= 4) {
      if (bytes[at] === 0x24) {
        const length = 4 + bytes.readUInt16BE(at + 2)
        if (bytes.length - at < length) break
        at += length
        continue
      }
      const message = messageLength(bytes, at)
      if (!message) break
      answer(bytes.subarray(at, at + message.length), message.head)
      at += message.length
      from = at
    }
    if (at > from) {
      const whole = bytes.subarray(from, at)
      for (const viewer of camera.viewers) if (viewer.writableLength < MAX_QUEUED_BYTES) viewer.write(whole)
    }
    rest = bytes.subarray(at)
  })
  socket.on('error', () => {})
  socket.on('close', () => setTimeout(() => pull(index, camera), RETRY_MS))
}

const cameras = Array.from({ length: cameraCount }, (_, index) => {
  const camera: Camera = { sdp: '', viewers: new Set() }
  pull(index, camera)
  return camera
})

createServer({ noDelay: true }, (viewer) => {
  let text = ''
  viewer.on('error', () => {})
  viewer.on('data', (chunk) => {
    if (chunk[0] === 0x24) return
    text += chunk.toString('latin1')
    const requests = text.split('\r\n\r\n')
    text = requests.pop()!
    for (const request of requests) {
      const [method, url = ''] = request.split(' ')
      const cseq = /cseq: *(\d+)/i.exec(request)?.[1]
      const camera = cameras[Number(/\/cam(\d+)/.exec(url)?.[1] ?? 0)]!
      const session =
        method === 'SETUP' ? 'Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n' : 'Session: 1\r\n'
      const body = method === 'DESCRIBE' ? camera.sdp : ''
      const head = body
        ? `Content-Base: ${url}/\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n`
        : session
      viewer.write(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${head}\r\n${body}`)
      if (method === 'PLAY') {
        camera.viewers.add(viewer)
        viewer.on('close', () => camera.viewers.delete(viewer))
      }
    }
  })
}).listen(port, '127.0.0.1', 1024)
