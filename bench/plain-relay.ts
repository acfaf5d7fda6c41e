// SPDX-License-Identifier: Apache-2.0
/**
 * The product's hub, RTSP upstreams and viewers' sessions on a plain WebSocket port. Usage: PORT CAMERA_PORT [CAMERAS];
 * that many cameras are pulled from the start, watched or not. SIGUSR2 prints what came in.
 */
import { randomBytes } from 'node:crypto'
import { acceptHmp } from '@openhmp/client'
import { HmpSession } from '@openhmp/protocol/session'
import { WebSocketServer } from 'ws'
import { Hub } from '../packages/server/src/live/hub.ts'
import { openRtspSource } from '../packages/server/src/live/rtsp-source.ts'
import { Viewer } from '../packages/server/src/live/viewer.ts'
import { realClock } from '../tools/testing/real-clock.ts'

const [port, cameraPort, pulled = 0] = process.argv.slice(2).map(Number) as [number, number, number?]
const clock = realClock()
const hub = new Hub({
  clock,
  open: ({ device }, sink) =>
    openRtspSource({ url: `rtsp://127.0.0.1:${cameraPort}/${device}`, transport: 'tcp' }, sink, {
      clock,
      random: Math.random,
    }),
})

const sessions = new Set<HmpSession>()
new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false }).on(
  'connection',
  (socket, { socket: below }) => {
    const viewer = new Viewer(() => session, {
      hub,
      mayWatch: () => true,
      mayListen: () => true,
      devices: () => [],
      begin: () => ({ begun: Promise.resolve(), changed: () => {}, end: () => {} }),
      refused: () => {},
    })
    const session = acceptHmp(
      socket,
      (carrier) =>
        new HmpSession({
          side: 'acceptor',
          role: 'cms',
          identity: 'bench',
          software: 'openhmp-bench',
          login: {
            kind: 'accept',
            lookup: () => 'trusted',
            admit: () => ({ session: randomBytes(8).toString('hex'), epoch: Date.now() }),
          },
          now: () => performance.now(),
          wallNow: () => Date.now(),
          random: (count) => randomBytes(count),
          write: (parts) => carrier.write(parts),
          onRequest: (request) => viewer.answer(request),
          onClose: (closing) => {
            sessions.delete(session)
            viewer.close()
            carrier.close(closing)
          },
        }),
      below,
    )
    sessions.add(session)
  },
)
setInterval(() => {
  for (const session of sessions) session.tick()
}, 50)

const nobody = { onUnit: () => {}, onDescription: () => {} }
for (let i = 0; i < pulled; i++) hub.watch({ device: `cam${i}`, channel: 1, profile: 'main' }, nobody)
process.on('SIGUSR2', () => {
  const counters = hub.streams.map(({ counters }) => counters)
  const sum = (name: 'bytes' | 'damaged') => counters.reduce((total, one) => total + one[name], 0)
  process.stdout.write(`${JSON.stringify({ bytes: sum('bytes'), damaged: sum('damaged') })}\n`)
})
