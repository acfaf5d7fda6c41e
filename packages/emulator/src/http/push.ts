// SPDX-License-Identifier: Apache-2.0
/**
 * Events sent to the addresses that were written into `httpHosts`, as this firmware frames them. Each is sent once: a
 * place that does not answer is called broken until one gets through. Signs of life are not sent.
 */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { EmulatedDevice } from '../device/device.ts'
import { type HostPlace, hostsOf, noteBroken, watchHosts } from '../isapi/http-host.ts'

/** Pushes under way at one time; what comes meanwhile is lost, as cameras lose it. */
export const MAX_PUSHES = 8
const ANSWER_MS = 5000
const BOUNDARY = 'boundary'

/** Runs until disposed. A device that has no address set costs nothing. */
export class Pusher implements AsyncDisposable {
  readonly #device: EmulatedDevice
  readonly #hosts: Disposable
  readonly #power: Disposable
  readonly #ending = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #watching: Disposable | undefined

  constructor(device: EmulatedDevice) {
    this.#device = device
    this.#hosts = watchHosts(device, () => this.#look())
    this.#power = device.onPower(() => this.#look()) // a reboot may have brought other settings
    this.#look()
  }

  #look(): void {
    const isWanted = this.#device.power === 'up' && hostsOf(this.#device).length > 0
    if (isWanted === (this.#watching !== undefined)) return
    this.#watching?.[Symbol.dispose]()
    this.#watching = isWanted ? this.#device.watchAlerts((xml) => this.#push(xml)) : undefined
  }

  #push(xml: string): void {
    const type = /<eventType>([^<]*)</.exec(xml)?.[1] ?? ''
    if (type === 'videoloss' && xml.includes('<eventState>inactive<')) return
    for (const place of hostsOf(this.#device)) {
      if (this.#running.size >= MAX_PUSHES) return
      const pushed = this.#send(place, type, xml).then(
        () => noteBroken(this.#device, place.id, false),
        () => noteBroken(this.#device, place.id, true), // whatever it was: the owner sees that it is broken
      )
      this.#running.add(pushed)
      void pushed.finally(() => this.#running.delete(pushed))
    }
  }

  async #send({ host, port, url, isTls }: HostPlace, type: string, xml: string): Promise<void> {
    const isForm = this.#device.profile.media.pushesForms
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${type}.xml"; filename="${type}.xml"\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(xml)}\r\n\r\n`
    const body = Buffer.from(isForm ? `${head}${xml}\r\n--${BOUNDARY}--\r\n` : xml)
    const headers = {
      'Content-Type': isForm ? `multipart/form-data; boundary=${BOUNDARY}` : 'application/xml; charset="UTF-8"',
      'Content-Length': body.length,
      Connection: 'close',
    }
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(ANSWER_MS)])
    await new Promise<void>((resolve, reject) => {
      const to = { host, port, path: url, method: 'POST', headers, agent: false as const, signal }
      // As cameras do: whoever shows a certificate is believed.
      const request = isTls ? requestHttps({ ...to, rejectUnauthorized: false }) : requestHttp(to)
      request.on('error', reject)
      request.on('response', (response) => {
        response.resume()
        response.on('error', reject)
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`)),
        )
      })
      request.end(body)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hosts[Symbol.dispose]()
    this.#power[Symbol.dispose]()
    this.#watching?.[Symbol.dispose]()
    this.#watching = undefined
    this.#ending.abort()
    await Promise.all(this.#running)
  }
}
