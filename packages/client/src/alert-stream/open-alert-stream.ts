// SPDX-License-Identifier: Apache-2.0
/** `openAlertStream`: a device's events for as long as they are wanted, over as many connections as that takes. */
import type { IsapiClient } from '../isapi/isapi-client.ts'
import { AlertLink } from './alert-link.ts'
import type { AlertStream, AlertStreamOptions } from './options.ts'

/** Where the stream is. */
export const ALERT_STREAM_PATH = '/ISAPI/Event/notification/alertStream'

/** Starts at once and keeps on trying; never throws. What goes wrong is told to `onState`. */
export const openAlertStream = (device: IsapiClient, options: AlertStreamOptions): AlertStream =>
  new AlertLink(
    {
      open: (signal) => device.stream(ALERT_STREAM_PATH, { signal }),
      check: async (signal) => {
        await device.userCheck({ signal })
      },
    },
    options,
  )
