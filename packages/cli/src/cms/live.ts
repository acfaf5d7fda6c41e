// SPDX-License-Identifier: Apache-2.0
/** What a CMS tells as it happens: server-sent events (WHATWG HTML §9.2), read to messages of the contract. */
import { FollowLive, LiveMessage } from '@openhmp/contract'
import { LinkError } from '@openhmp/protocol/base'
import type { Cms } from './cms.ts'

/** The longest line that is read: a message with a device of many channels. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024

/**
 * Messages from now on; `onOpen` is called once they come. Ends by throwing: `LinkError` when the CMS is gone, `PeerError`
 * when it refuses, the reason of the signal.
 */
export async function* liveMessages(
  cms: Cms,
  { signal, onOpen }: { readonly signal: AbortSignal; readonly onOpen: () => Promise<void> },
): AsyncGenerator<LiveMessage> {
  const answer = await cms.open(FollowLive, { signal })
  let opening: Promise<void> | undefined
  let rest = ''
  try {
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      opening ??= onOpen()
      await opening
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      if (rest.length > MAX_LINE_CHARACTERS) break
      for (const line of lines) {
        if (!line.startsWith('data: ')) continue
        const message = LiveMessage.safeParse(JSON.parse(line.slice(6)))
        if (message.success) yield message.data // of a newer CMS, what is not known is passed over
      }
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    if (cause instanceof SyntaxError) throw new LinkError('link.lost', 'the CMS sends what is no message', { cause })
    if (!isLost(cause)) throw cause
  } finally {
    answer.destroy()
  }
  throw signal.aborted ? signal.reason : new LinkError('link.lost', 'the CMS has ended the link')
}

const isLost = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^E[A-Z]+$|^ERR_/.test(String(error.code))
