// SPDX-License-Identifier: Apache-2.0
/**
 * A device's ISAPI over HTTP(S): requests with login, and the documents that every device has. At most three requests run
 * at one time, as cameras have few threads; streams have connections of their own.
 *
 * Errors, all with a stable `code`: `link.*` and `tls.*` (not reached, cut, another certificate), `isapi.unauthorized`,
 * `isapi.login-scheme`, `digest.downgrade`, `login.blocked`, `isapi.not-supported`, `isapi.not-isapi` (a page for people,
 * or no HTTP at all), `isapi.busy`, `isapi.redirect`, `isapi.<the device's own word>`, `http.size`; or the reason of the
 * signal.
 */
import type { Socket } from 'node:net'
import { PeerError, utf8 } from '@openhmp/protocol/base'
import {
  type DeviceCapabilities,
  type DeviceInfo,
  type DeviceStatus,
  type DeviceTime,
  type InputProxyChannel,
  readCapabilities,
  readInputProxyChannels,
  readStatus,
  readStreamingChannels,
  readTime,
  readUserCheck,
  readVideoInputChannels,
  type StreamingChannel,
  streamId,
  streamOf,
  type UserCheck,
  type VideoInputChannel,
} from '@openhmp/protocol/isapi'
import { childrenOf, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { confirmationOf, documentOf, pictureOf } from './answer.ts'
import { deviceInfoOf, INFO_PATH } from './device-info.ts'
import { SentLinkError } from './exchange.ts'
import type { IsapiAnswer, IsapiOptions, IsapiRequestOptions, IsapiStream, IsapiUpload } from './options.ts'
import { giveOrder, type IsapiDoor } from './resource.ts'
import { IsapiTransport } from './transport.ts'

type Asking = Pick<IsapiRequestOptions, 'signal'>

/** One device. */
export class IsapiClient implements IsapiDoor, AsyncDisposable {
  readonly #transport: IsapiTransport

  /** Connects to nothing yet. Throws `Refusal` `address.form`. */
  constructor(options: IsapiOptions) {
    this.#transport = new IsapiTransport(options)
  }

  /** `host:port`, for people. */
  get name(): string {
    return this.#transport.target.name
  }

  get host(): string {
    return this.#transport.target.host
  }

  /** Where the device is spoken to now: it may have sent us to HTTPS. */
  get way(): { readonly port: number; readonly isTls: boolean } {
    return this.#transport.target
  }

  /** SHA-256 of the certificate that was shown, hex; undefined before the first request and without TLS. */
  get certificate(): string | undefined {
    return this.#transport.certificate
  }

  /** `path` begins with `/ISAPI/`; old firmware that has no such folder is asked without it. A 401 is an error, else any status is an answer. */
  get(path: string, options?: IsapiRequestOptions): Promise<IsapiAnswer> {
    return this.#transport.request('GET', path, undefined, options)
  }

  put(path: string, body: string | Uint8Array = '', options?: IsapiRequestOptions): Promise<IsapiAnswer> {
    return this.#transport.request('PUT', path, bytesOf(body), options)
  }

  post(path: string, body: string | Uint8Array = '', options?: IsapiRequestOptions): Promise<IsapiAnswer> {
    return this.#transport.request('POST', path, bytesOf(body), options)
  }

  delete(path: string, options?: IsapiRequestOptions): Promise<IsapiAnswer> {
    return this.#transport.request('DELETE', path, undefined, options)
  }

  /** An answer that goes on, on a connection of its own; `body` makes it a POST. Rejects when the device says no. */
  async stream(path: string, { body, ...options }: Asking & { readonly body?: string } = {}): Promise<IsapiStream> {
    return this.#transport.stream(path, { ...options, ...(body === undefined ? {} : { body: utf8(body) }) })
  }

  /** A document. A `ResponseStatus` that is no yes is an error, whatever the HTTP status. */
  async getXml(path: string, options?: IsapiRequestOptions): Promise<XmlElement> {
    return documentOf(await this.get(path, options), this.#where('GET', path))
  }

  /** Changes a resource; gives the id of what was made, if the device tells. */
  async putXml(path: string, body: string, options?: IsapiRequestOptions): Promise<string | undefined> {
    return confirmationOf(await this.put(path, body, options), this.#where('PUT', path))
  }

  async deviceInfo(options?: Asking): Promise<DeviceInfo> {
    return deviceInfoOf(await this.getXml(INFO_PATH, options), this.#where('GET', INFO_PATH))
  }

  async capabilities(options?: Asking): Promise<DeviceCapabilities> {
    return readCapabilities(await this.getXml('/ISAPI/System/capabilities', options))
  }

  /** The device's own inputs. Recorders without analog inputs reject with `isapi.not-supported`. */
  async channels(options?: Asking): Promise<VideoInputChannel[]> {
    return readVideoInputChannels(await this.getXml('/ISAPI/System/Video/inputs/channels', options))
  }

  /** A recorder's IP cameras. Cameras reject with `isapi.not-supported`. */
  async proxiedChannels(options?: Asking): Promise<InputProxyChannel[]> {
    return readInputProxyChannels(await this.getXml('/ISAPI/ContentMgmt/InputProxy/channels', options))
  }

  async streams(options?: Asking): Promise<StreamingChannel[]> {
    return readStreamingChannels(await this.getXml('/ISAPI/Streaming/channels', options))
  }

  async time(options?: Asking): Promise<DeviceTime> {
    return readTime(await this.getXml('/ISAPI/System/time', options))
  }

  /** Uptime and load. */
  async status(options?: Asking): Promise<DeviceStatus> {
    return readStatus(await this.getXml('/ISAPI/System/status', options))
  }

  /** Whether the account is right; rejects with `isapi.unauthorized` when not. */
  async userCheck(options?: Asking): Promise<UserCheck> {
    return readUserCheck(await this.getXml('/ISAPI/Security/userCheck', options))
  }

  /** Where the device serves RTSP; undefined when it does not tell. */
  async rtspPort(options?: Asking): Promise<number | undefined> {
    const root = await this.getXml('/ISAPI/Security/adminAccesses', options)
    const list = childrenOf(root, 'AdminAccessProtocol')
    return numberAt(
      list.find((one) => textAt(one, 'protocol')?.toUpperCase() === 'RTSP'),
      'portNo',
    )
  }

  /**
   * A JPEG of now. `id` is a stream (101) or a channel (1: its main stream).
   *
   * Tolerates: recorders that have pictures only under `/ContentMgmt/StreamingProxy`, and old cameras that have one picture, of channel 1.
   */
  async picture(id: number, options?: Asking): Promise<Uint8Array> {
    const stream = id < 100 ? streamId(id, 1) : id
    const paths = [
      `/ISAPI/Streaming/channels/${stream}/picture`,
      `/ISAPI/ContentMgmt/StreamingProxy/channels/${stream}/picture`,
      ...(streamOf(stream).channel === 1 ? ['/ISAPI/Streaming/channels/1/picture'] : []),
    ]
    let first: unknown
    for (const path of paths) {
      try {
        return pictureOf(await this.get(path, options), this.#where('GET', path))
      } catch (error) {
        if (!(error instanceof PeerError) || error.retry === 'after-login') throw error
        first ??= error
        if (error.retry === 'later') break // the way is right, the time is not
      }
    }
    throw first
  }

  /** Restarts the device. It may hang up instead of answering: that is a yes. */
  async reboot(options: Asking = {}): Promise<void> {
    await giveOrder(this, '/ISAPI/System/reboot', undefined, options)
  }

  async order(
    path: string,
    body: string | Uint8Array = '',
    options: IsapiRequestOptions = {},
  ): Promise<IsapiAnswer | undefined> {
    await this.deviceInfo(options) // logs in: a cut after a request without login would tell nothing
    try {
      return await this.#transport.command('PUT', path, options, bytesOf(body))
    } catch (error) {
      // Tolerates: devices that cut the connection instead of answering, being already on their way down.
      if (!(error instanceof SentLinkError)) throw error
      return undefined
    }
  }

  /** Sends a large body, read while it is sent, after a login: a refusal after half of it would be a waste. */
  async upload(path: string, body: IsapiUpload, options: IsapiRequestOptions = {}): Promise<IsapiAnswer> {
    await this.deviceInfo(options)
    const { method = 'PUT', contentType = 'application/octet-stream' } = body
    return this.#transport.command(method, path, { contentType, ...options }, body)
  }

  /** A PUT without a body whose connection stays open for what goes on over it; the caller ends it. */
  hold(path: string, options: Asking = {}): Promise<Socket> {
    return this.#transport.hold(path, options)
  }

  #where(method: string, path: string): string {
    return `${this.name}: ${method} ${path}`
  }

  /** Ends what is under way and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.close()
  }
}

const bytesOf = (body: string | Uint8Array): Uint8Array => (typeof body === 'string' ? utf8(body) : body)
