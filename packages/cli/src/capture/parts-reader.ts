// SPDX-License-Identifier: Apache-2.0
/** Multipart content part by part: the events of an alert stream, and the pictures between them. */
import { fromUtf8, HmpError } from '@openhmp/protocol/base'
import { type DeviceEvent, parseAlerts } from '@openhmp/protocol/event'
import { MultipartSplitter, type Part } from '@openhmp/protocol/multipart'
import type { Talker } from './talk.ts'
import { readable } from './talk.ts'
import type { Place } from './tcp-order.ts'

/** Lines of a document that are shown. */
const MAX_DETAIL_LINES = 100

export class PartsReader {
  readonly #talker: Talker
  readonly #splitter: MultipartSplitter

  constructor(talker: Talker, contentType: string) {
    this.#talker = talker
    this.#splitter = new MultipartSplitter(contentType)
  }

  /** Throws the WireErrors of the splitter; a part that cannot be read is a fault, and the next is read. */
  push(bytes: Uint8Array, where: Place): void {
    for (const part of this.#splitter.push(bytes)) this.#say(part, where)
  }

  /** The content is over: what is left may be the last part. */
  end(where: Place): void {
    const last = this.#splitter.end()
    if (last) this.#say(last, where)
  }

  #say({ headers, body }: Part, where: Place): void {
    const type = headers.get('Content-Type') ?? 'no type'
    if (!/xml|json/i.test(type)) {
      this.#talker.say(where, 'HTTP', readable(`part: ${type} (${body.length} bytes)`))
      return
    }
    try {
      const detail = fromUtf8(body).split(/\r?\n/).slice(0, MAX_DETAIL_LINES)
      for (const event of parseAlerts(body))
        this.#talker.say(
          where,
          'HTTP',
          readable(describe(event)),
          detail.map((line) => readable(line, 400)),
        )
    } catch (error) {
      if (!(error instanceof HmpError)) throw error
      this.#talker.fault(where, 'HTTP', error)
    }
  }
}

const describe = ({ type, state, channel, input, isHeartbeat }: DeviceEvent): string => {
  const place = [channel === undefined ? '' : ` channel ${channel}`, input === undefined ? '' : ` input ${input}`]
  return `event ${type} ${state}${place.join('')}${isHeartbeat ? ' (heartbeat)' : ''}`
}
