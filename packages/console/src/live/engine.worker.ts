// SPDX-License-Identifier: Apache-2.0
/**
 * The player, in a worker: one HMP session for the whole page, one view a tile. Nothing here waits for React, and a busy
 * page never delays a picture.
 */
import { type Ability, findAbility, transportOf } from './choose.ts'
import { ImagePlayer } from './image-player.ts'
import { Link } from './link.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { MsePlayer } from './mse-player.ts'
import type { Player } from './player.ts'
import { VideoPlayer } from './video-player.ts'
import { View } from './view.ts'

const TICK_MS = 250

const tell = (message: FromWorker, transfer: Transferable[] = []): void => self.postMessage(message, { transfer })
const now = (): number => performance.now()

const views = new Map<number, View>()
let link: Link | undefined
let ability: Ability = { h264: 'none', h265: 'none', mjpeg: 'image' }

/** Messages wait until the browser has said what it can decode. */
let isReady = false
const waiting: ToWorker[] = []

const start = async (message: ToWorker & { do: 'start' }): Promise<void> => {
  ability = await findAbility(message.transport, message.mse)
  link = new Link({
    url: message.url,
    software: message.software,
    events: {
      onOpen: () => {
        for (const view of views.values()) view.nudge()
      },
      onLost: () => {
        for (const view of views.values()) view.lost()
      },
      onSignedOut: () => tell({ tell: 'signedOut' }),
    },
  })
  setInterval(() => {
    const nowMs = now()
    for (const view of views.values()) view.tick(nowMs)
    tell({ tell: 'counters', counters: [...views].map(([view, of]) => ({ view, counters: of.counters() })) })
  }, TICK_MS)
  isReady = true
  for (const held of waiting.splice(0)) obey(held)
}

const open = ({ view, target, canvas }: ToWorker & { do: 'open' }): void => {
  const source = link
  if (!source) return
  const makePlayer: ConstructorParameters<typeof View>[4]['makePlayer'] = (codec, events): Player | undefined => {
    const transport = transportOf(codec, ability)
    if (transport === 'mse' && (codec === 'h264' || codec === 'h265'))
      return new MsePlayer(codec, events, {
        init: (mime, init) => tell({ tell: 'mse', view, mime, init }, [init.buffer]),
        fragment: (bytes) => tell({ tell: 'fragment', view, bytes }, [bytes.buffer]),
      })
    tell({ tell: 'canvas', view })
    if (transport === 'webcodecs' && (codec === 'h264' || codec === 'h265')) return new VideoPlayer(codec, events, now)
    return transport === 'image' ? new ImagePlayer(events, now) : undefined
  }
  const onStatus: ConstructorParameters<typeof View>[4]['onStatus'] = (status) => tell({ tell: 'status', view, status })
  views.set(view, new View(target, canvas, source, ability, { onStatus, makePlayer }))
  source.want(true)
}

const obey = (message: ToWorker): void => {
  switch (message.do) {
    case 'start':
      void start(message)
      return
    case 'open':
      open(message)
      return
    case 'close':
      views.get(message.view)?.close()
      views.delete(message.view)
      return
    case 'profile':
      views.get(message.view)?.setProfile(message.profile)
      return
    case 'sound':
      views.get(message.view)?.sound.set(message.port, message.profile)
      return
    case 'shown':
      views.get(message.view)?.shown(message.decoded, message.painted)
      return
    case 'nudge':
      link?.nudge()
      for (const view of views.values())
        if (message.device === undefined || view.target.device === message.device) view.nudge()
      return
    case 'snapshot': {
      const { ask } = message
      const blob = views.get(message.view)?.snapshot() ?? Promise.resolve(undefined)
      void blob.catch(() => undefined).then((found) => tell({ tell: 'snapshot', ask, blob: found }))
    }
  }
}

self.onmessage = (event: MessageEvent<ToWorker>) => {
  if (isReady || event.data.do === 'start') obey(event.data)
  else waiting.push(event.data)
}
