// SPDX-License-Identifier: Apache-2.0
/** Answers of emulated devices to those who search the network: SADP and WS-Discovery. Every other word of SADP is left unanswered. */
import { randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { WireError } from '@openhmp/protocol/base'
import {
  readSadpInquiry,
  readWsDiscoveryProbe,
  SADP_GROUP,
  SADP_PORT,
  sadpAnswer,
  WS_DISCOVERY_GROUP,
  WS_DISCOVERY_PORT,
  wsDiscoveryMatches,
} from '@openhmp/protocol/discovery'
import type { DeviceCore } from '../isapi/core.ts'

/** Answers of one question: a fleet is not an amplifier. */
const MAX_ANSWERS = 64

/** An answer that could not be sent: the question comes again. */
const ignore = (): void => {}

type Discoverable = Pick<DeviceCore, 'identity' | 'profile' | 'address' | 'channels' | 'isActivated'>

/** Owns its sockets until disposed. */
export class Responder implements AsyncDisposable {
  readonly #sockets: Socket[] = []
  readonly #devices: readonly Discoverable[]

  private constructor(devices: readonly Discoverable[]) {
    this.#devices = devices
  }

  /** `host`: where the devices listen. Rejects with Node's error when the ports cannot be had. */
  static async open(devices: readonly Discoverable[], host: string): Promise<Responder> {
    const responder = new Responder(devices)
    try {
      await responder.#listen(SADP_GROUP, SADP_PORT, host, (bytes) => responder.#sadp(bytes), true)
      await responder.#listen(WS_DISCOVERY_GROUP, WS_DISCOVERY_PORT, host, (bytes) => responder.#wsd(bytes), false)
      return responder
    } catch (error) {
      await responder[Symbol.asyncDispose]()
      throw error
    }
  }

  /** `isToAll`: answers go to the group as well, for those who are in no network with us. */
  #listen(group: string, port: number, host: string, answer: (bytes: Uint8Array) => string[], isToAll: boolean) {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    this.#sockets.push(socket)
    return new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, () => {
        const own = isIPv4(host) && host !== '0.0.0.0' ? host : undefined
        try {
          socket.addMembership(group, own)
          if (own !== undefined) socket.setMulticastInterface(own)
        } catch (error) {
          reject(error)
          return
        }
        socket.off('error', reject)
        socket.on('error', ignore)
        socket.on('message', (bytes, from) => {
          try {
            for (const text of answer(bytes)) {
              socket.send(text, from.port, from.address, ignore)
              if (isToAll) socket.send(text, port, group, ignore)
            }
          } catch (error) {
            if (!(error instanceof WireError)) throw error // anybody may send anything here
          }
        })
        resolve()
      })
    })
  }

  #sadp(bytes: Uint8Array): string[] {
    const question = readSadpInquiry(bytes)
    if (!question) return []
    return this.#devices.slice(0, MAX_ANSWERS).map(({ identity, profile, address, channels, isActivated }) =>
      sadpAnswer({
        ...{ uuid: question.uuid, model: identity.model, serialNumber: identity.serialNumber },
        ...{ macAddress: identity.macAddress, address: address.ipAddress, mask: '255.255.255.0', gateway: '0.0.0.0' },
        ...{ isDhcp: false, httpPort: address.httpPort, commandPort: 8000 },
        firmwareVersion: `${profile.firmwareVersion} ${profile.firmwareReleasedDate}`,
        isActivated: profile.hasActivation ? isActivated : undefined,
        analogChannels: 0,
        digitalChannels: identity.kind === 'recorder' ? channels.length : 1,
      }),
    )
  }

  #wsd(bytes: Uint8Array): string[] {
    const question = readWsDiscoveryProbe(bytes)
    if (!question) return []
    return this.#devices.slice(0, MAX_ANSWERS).map(({ identity, address }) => {
      const mac = identity.macAddress.replaceAll(':', '')
      const scopes = [
        `name/${encodeURIComponent(identity.name)}`,
        `hardware/${identity.model}`,
        `MAC/${identity.macAddress}`,
      ]
      return wsDiscoveryMatches(randomUUID(), question.messageId, {
        endpoint: `urn:uuid:${mac.slice(0, 8)}-${mac.slice(8)}-1000-8000-${mac}`,
        types: ['dn:NetworkVideoTransmitter'],
        scopes: scopes.map((scope) => `onvif://www.onvif.org/${scope}`),
        addresses: [`http://${address.ipAddress}:${address.httpPort}/onvif/device_service`],
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#sockets.splice(0).map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.once('close', resolve)
            socket.close()
          }),
      ),
    )
  }
}
