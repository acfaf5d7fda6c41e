// SPDX-License-Identifier: Apache-2.0
/** `hmp device triggers ADDRESS [--mend]`: which events reach a CMS; with `--mend` those that do not are linked. Fails when one stays unlinked. */
import { type EventLink, linkEvents, readEventLinks } from '@openhmp/client'
import { PeerError } from '@openhmp/protocol/base'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

interface TriggersOptions extends DeviceOptions {
  readonly mend?: boolean
  readonly kind: readonly string[]
  readonly channel: readonly number[]
}

export async function runTriggers(text: string, options: TriggersOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const { kind, channel, mend } = options
  const chosen = {
    ...(kind.length === 0 ? {} : { kinds: kind }),
    ...(channel.length === 0 ? {} : { channels: channel }),
    signal: device.signal,
  }
  const links = await (mend ? linkEvents : readEventLinks)(device.isapi, chosen)
  output.document({ triggers: links }, () => describe(output, links))
  const refused = links.filter(({ state }) => state === 'refused').length
  if (refused > 0)
    throw new PeerError('triggers.refused', `${device.isapi.name}: ${refused} of ${links.length} links were refused`, {
      retry: 'never',
    })
}

const colours = { linked: 'green', mended: 'green', unlinked: 'yellow', refused: 'red' } as const

const describe = (output: Output, links: readonly EventLink[]): string =>
  formatTable(
    output,
    ['trigger', 'event', 'channel', 'CMS', 'told to', ''],
    links.map(({ id, eventType, channel, state, methods, reason }) => [
      id,
      eventType,
      channel,
      output.paint(colours[state], state),
      methods.join(', '),
      reason?.text,
    ]),
  )
