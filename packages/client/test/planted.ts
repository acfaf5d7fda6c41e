// SPDX-License-Identifier: Apache-2.0
/** Stands before a device and answers some paths in its place: faults that a device in software does not have by itself. */
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer in the device's place; `undefined` in the table lets the device answer. */
export interface Plant {
  readonly status?: number
  readonly body: string | (() => string)
}

/** A way to the device that can be lied on. */
export interface Planted extends AsyncDisposable {
  readonly url: string
}

/** Answers the paths of `plants` once the request carries a login; all else goes to the device and back. */
export const plantBefore = async (deviceUrl: string, plants: Readonly<Record<string, Plant>>): Promise<Planted> => {
  const server = createServer((incoming, outgoing) => {
    const plant = plants[incoming.url ?? '']
    if (plant && (incoming.headers.authorization || plant.status === 401)) {
      outgoing
        .writeHead(plant.status ?? 200, { 'content-type': 'application/xml' })
        .end(typeof plant.body === 'string' ? plant.body : plant.body())
      return
    }
    const { method, headers, url } = incoming
    const onward = request(
      new URL(url ?? '/', deviceUrl),
      { method: method ?? 'GET', headers, agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
