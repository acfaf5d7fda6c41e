// SPDX-License-Identifier: Apache-2.0
/**
 * The product as a relay: started by its own command, the cameras added as plain RTSP devices through its API, watched
 * over HMP in WebSocket with TLS. Without TLS, which the product never speaks, the same hub and sessions stand behind a
 * plain socket (`plain-relay.ts`): what TLS costs is the difference.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, signIn } from '../tools/product/api.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { CAMERA_PORT, type Peer, RELAY_PORT, type Timing } from './case.ts'
import { here, portUp, type Running, start } from './programs.ts'

interface Started {
  readonly product: Product
  readonly api: Api
  readonly devices: readonly string[]
}

/** Starts the product and gives it `cameras` devices. */
export const startOwn = async (cameras: number): Promise<Started> => {
  const product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
  const api = await signIn(product)
  const devices: string[] = []
  for (let i = 0; i < cameras; i++) {
    const address = `rtsp://127.0.0.1:${CAMERA_PORT}/cam${i}`
    const { device } = await api.post<{ device: { id: string } }>('/devices', {
      kind: 'rtsp',
      name: `cam${i}`,
      address,
    })
    devices.push(device.id)
  }
  await sleep(500)
  return { product, api, devices }
}

const readersOf = (options: object): Running =>
  start(process.execPath, [`${here}/hmp-reader.ts`, JSON.stringify(options)])

let current: Started | undefined

/** The product, over TLS. */
export const own: Peer = {
  name: 'OpenHMP (HMP, TLS)',
  start: async (cameras) => {
    const started = await startOwn(cameras)
    current = started
    return {
      pid: started.product.child.pid ?? 0,
      child: started.product.child,
      onJson: () => {},
      stop: async () => {
        current = undefined
        await started.product[Symbol.asyncDispose]()
      },
    }
  },
  readers: (_cameras: number, readers: number, timing: Timing) => {
    const { product, api, devices } = current!
    const url = `${product.url.replace('https', 'wss')}/api/v1/hmp`
    return readersOf({ url, cookie: api.cookie, origin: product.url, devices, readers, ...timing })
  },
}

/** The product's hub and sessions behind a plain socket. */
export const ownPlain: Peer = {
  name: 'OpenHMP (HMP, no TLS)',
  start: async (cameras) => {
    const relay = start(process.execPath, [`${here}/plain-relay.ts`, RELAY_PORT, CAMERA_PORT, cameras])
    await portUp(RELAY_PORT)
    await sleep(800)
    return relay
  },
  readers: (cameras, readers, timing) =>
    readersOf({
      url: `ws://127.0.0.1:${RELAY_PORT}/`,
      devices: Array.from({ length: cameras }, (_, i) => `cam${i}`),
      readers,
      ...timing,
    }),
}
