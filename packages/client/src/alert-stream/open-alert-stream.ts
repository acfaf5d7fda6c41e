// SPDX-License-Identifier: Apache-2.0
/** `openAlertStream`: a device's events for as long as they are wanted, over as many connections as that takes. */
import { PeerError } from '@openhmp/protocol/base'
import { formatSubscription, SUBSCRIPTION_PATH } from '@openhmp/protocol/event'
import type { IsapiClient } from '../isapi/isapi-client.ts'
import type { IsapiStream } from '../isapi/options.ts'
import { AlertLink } from './alert-link.ts'
import type { AlertStream, AlertStreamOptions } from './options.ts'

/** Where the stream is. */
export const ALERT_STREAM_PATH = '/ISAPI/Event/notification/alertStream'

/** Starts at once and keeps on trying; never throws. What goes wrong is told to `onState`. */
export const openAlertStream = (device: IsapiClient, options: AlertStreamOptions): AlertStream =>
  new AlertLink(
    {
      open: (signal) => openEither(device, signal),
      check: async (signal) => {
        await device.userCheck({ signal })
      },
    },
    options,
  )

/** The stream that devices have had from the beginning; a subscription where it is refused for good, as by doorbells. */
const openEither = async (device: IsapiClient, signal: AbortSignal): Promise<IsapiStream> => {
  try {
    return await device.stream(ALERT_STREAM_PATH, { signal })
  } catch (error) {
    if (!isRefused(error)) throw error
    try {
      return await device.stream(SUBSCRIPTION_PATH, { signal, body: formatSubscription() })
    } catch (second) {
      throw isRefused(second) ? error : second // without both, the first tells more
    }
  }
}

const isRefused = (error: unknown): boolean => error instanceof PeerError && error.retry === 'never'
