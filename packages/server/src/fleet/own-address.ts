// SPDX-License-Identifier: Apache-2.0
/** Our own address as a device sees it: what the system would send from. Nothing is sent. */
import { createSocket } from 'node:dgram'

/** Rejects with Node's error when there is no way to the host. */
export const ownAddressTowards = (host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.connect(9, host, () => {
      const { address } = socket.address()
      socket.close()
      resolve(address)
    })
  })
