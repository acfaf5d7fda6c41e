// SPDX-License-Identifier: Apache-2.0
/** A device's ISAPI for one command: address and account read, patience limited, Ctrl-C heard. */
import { IsapiClient, systemClock } from '@openhmp/client'
import { LinkError } from '@openhmp/protocol/base'
import type { DeviceAddress } from '../input/address.ts'
import { Deadline } from '../input/deadline.ts'
import { type DeviceLogin, type DeviceOptions, readLogin, stopSignal } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'

export interface OpenDevice extends AsyncDisposable {
  readonly isapi: IsapiClient
  readonly address: DeviceAddress
  readonly credentials: DeviceLogin['credentials']
  /** Aborted by Ctrl-C, and by the end of patience unless `stay` was called. */
  readonly signal: AbortSignal
  /** From now on the command may last as long as it likes. */
  stay(): void
}

/** Throws UsageError for an address that has no ISAPI. */
export async function openDevice(text: string, options: DeviceOptions): Promise<OpenDevice> {
  const { address, credentials } = await readLogin(text, options)
  if (address.scheme.startsWith('rtsp')) throw new UsageError('an rtsp:// address has no ISAPI; give the host alone')
  const where = `${address.host}:${address.port}`
  const patience = new Deadline(
    options.timeout,
    () => new LinkError('link.timeout', `no answer within ${options.timeout} s`, { address: where }),
  )
  const signal = AbortSignal.any([stopSignal(), patience.signal])
  // A certificate of a camera is its own: a pin can be given, trust on first use cannot be kept by a command.
  const tls = options.pin === undefined ? {} : { tls: { pin: options.pin } }
  const isapi = new IsapiClient({ address: address.url, credentials, signal, clock: systemClock, ...tls })
  return {
    isapi,
    address,
    credentials,
    signal,
    stay: () => patience.clear(),
    [Symbol.asyncDispose]: async () => {
      patience.clear()
      await isapi[Symbol.asyncDispose]()
    },
  }
}
