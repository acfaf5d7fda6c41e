// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from 'node:events'
import type { HmpSession } from '@openhmp/protocol/session'
import { expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { carryOverWebSocket } from './carrier.ts'

it('keeps a fault of ours to the connection that found it', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const socket = Object.assign(new EventEmitter(), { OPEN: 1, readyState: 1, terminate: vi.fn() })
  const fault = new Error('a fault')
  const session = {
    start: vi.fn(),
    carrierClosed: vi.fn(),
    receivePacket: () => {
      throw fault
    },
  }
  carryOverWebSocket(socket as unknown as WebSocket, () => session as unknown as HmpSession)
  expect(() => socket.emit('message', Buffer.alloc(16), true)).not.toThrow()
  expect(session.carrierClosed).toHaveBeenCalledOnce()
  expect(socket.terminate).toHaveBeenCalledOnce()
  expect(warned).toHaveBeenCalledWith(fault)
  warned.mockRestore()
})
