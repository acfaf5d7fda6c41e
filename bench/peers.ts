// SPDX-License-Identifier: Apache-2.0
/** The relays measured beside the product: the floors of C and of Node. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CAMERA_PORT, type Peer, RELAY_PORT, rtspReaders } from './case.ts'
import { here, portUp, program, start } from './programs.ts'

export const floor: Peer = {
  name: 'C floor',
  start: async (cameras) => {
    const relay = start(program('relayfloor'), ['-p', RELAY_PORT, '-P', CAMERA_PORT, '-k', cameras])
    await portUp(RELAY_PORT)
    await sleep(800)
    return relay
  },
  readers: rtspReaders,
}

export const nodeFloor: Peer = {
  name: 'Node floor',
  start: async (cameras) => {
    const relay = start(process.execPath, [`${here}/node-floor.ts`, RELAY_PORT, CAMERA_PORT, cameras])
    await portUp(RELAY_PORT)
    await sleep(800)
    return relay
  },
  readers: rtspReaders,
}
