// SPDX-License-Identifier: Apache-2.0
/** One direction of an RTSP connection: messages, descriptions on the way, packets inside the connection. */
import { fromUtf8 } from '@openhmp/protocol/base'
import type { RtspMessage } from '@openhmp/protocol/rtsp'
import { RtspSplitter } from '@openhmp/protocol/rtsp'
import type { MediaDescription } from '@openhmp/protocol/sdp'
import { describeMedia, parseSdp } from '@openhmp/protocol/sdp'
import type { DirectionReader, Talker } from './talk.ts'
import { detailOf, readable } from './talk.ts'
import type { Place } from './tcp-order.ts'

export class RtspReader implements DirectionReader {
  readonly #talker: Talker
  readonly #splitter: RtspSplitter
  #where: Place = { number: 0, timeMs: 0, at: 0 }
  #skipped = 0

  constructor(talker: Talker, onDescription: (media: readonly MediaDescription[]) => void) {
    this.#talker = talker
    this.#splitter = new RtspSplitter({
      resync: true,
      onMessage: (message) => {
        this.#talker.say(this.#where, 'RTSP', startLine(message), [...detailOf(message.headers), ...bodyOf(message)])
        if (!/^application\/sdp/i.test(message.headers.get('Content-Type') ?? '')) return
        try {
          onDescription(describeMedia(parseSdp(fromUtf8(message.body))))
        } catch (error) {
          this.#talker.fault(this.#where, 'RTSP', error)
        }
      },
      onMedia: (_, packet) => this.#talker.media(packet, this.#where),
    })
  }

  push(bytes: Uint8Array, where: Place): void {
    this.#where = where
    this.#splitter.push(bytes)
    const { skippedBytes } = this.#splitter
    if (skippedBytes > this.#skipped)
      this.#talker.fault(where, 'RTSP', `${skippedBytes - this.#skipped} bytes that are no RTSP were passed over`)
    this.#skipped = skippedBytes
  }
}

const startLine = (message: RtspMessage): string => {
  const cseq = message.headers.get('CSeq')
  const line = message.kind === 'request' ? `${message.method} ${message.url}` : `${message.status} ${message.reason}`
  return readable(cseq === undefined ? line : `${line}  (CSeq ${cseq})`)
}

const bodyOf = ({ body }: RtspMessage): string[] =>
  body.length === 0
    ? []
    : [
        '',
        ...fromUtf8(body)
          .trimEnd()
          .split(/\r?\n/)
          .map((line) => readable(line, 400)),
      ]
