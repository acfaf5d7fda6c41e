// SPDX-License-Identifier: Apache-2.0
/**
 * An emulated camera that listens for its CMS (hmp.md §2.3) over TLS and WebSocket: what a foreign client dials in a test. It
 * answers GET /HMP/devices, /HMP/streams and /ISAPI, and sends its events to whoever has logged in.
 */
import { listenHmp, systemClock } from '../../client/test/hmp-listener.ts'
import { EmulatedDevice } from '../src/device/device.ts'
import { parseFaults } from '../src/device/fault.ts'
import { identityOf } from '../src/device/identity.ts'
import { profiles } from '../src/device/profile.ts'
import { DeviceAnswers, memoryOf } from '../src/hmp/device-answers.ts'
import { EventSpool } from '../src/hmp/event-spool.ts'
import { LiveCamera } from '../src/media/live.ts'
import { Pacer } from '../src/media/pacer.ts'
import { testDevice } from './test-device.ts'

/** A camera on the real clock that plays the test clip: H.264 at ten pictures a second, a key each second, A-law beside it. */
export const realDevice = () => {
  const { clip } = testDevice().device.channels[0]!.camera
  const pacer = new Pacer(systemClock)
  const profile = profiles['ipc-5.7']
  const camera = new LiveCamera({ clip, pacer, law: 'pcma', random: () => 1 })
  const device = new EmulatedDevice({
    identity: identityOf({ index: 0, unique: 1, name: 'Test', profile }),
    profile,
    channels: [{ channel: 1, defaultName: 'Gate', camera, source: undefined }],
    faults: parseFaults('reboot=300ms')(0),
    user: 'admin',
    password: 'secret12',
    pacer,
  })
  return { device, pacer }
}

/** Listens as device `cam-7` until disposed. The CMS may name itself as it likes; it needs the key. */
export const listenAsDevice = async (key: Uint8Array) => {
  const { device, pacer } = realDevice()
  const spool = new EventSpool('cam-7', systemClock)
  const watch = device.watchEvents((event, xml) => {
    if (!event.isHeartbeat) spool.add(xml, event.channel)
  })
  const memory = memoryOf(systemClock)
  const listener = await listenHmp((session) => {
    const answers = new DeviceAnswers(device, 'cam-7', session, memory)
    const over = new AbortController()
    return {
      role: 'device',
      identity: 'cam-7',
      keyOf: () => key,
      onRequest: (request) => answers.answer(request),
      onOpen: () => spool.attach(session(), over.signal),
      onClose: () => {
        over.abort()
        answers[Symbol.dispose]()
      },
    }
  })
  return {
    tlsUrl: listener.tlsUrl,
    webUrl: listener.webUrl,
    caFingerprint: listener.caFingerprint,
    /** The chain that the listener shows, PEM, the authority last. */
    chain: listener.certificate.cert,
    sessions: listener.sessions,
    device,
    spool,
    async [Symbol.asyncDispose](): Promise<void> {
      watch[Symbol.dispose]()
      await listener[Symbol.asyncDispose]()
      await device[Symbol.asyncDispose]()
      await pacer[Symbol.asyncDispose]()
    },
  }
}
