// SPDX-License-Identifier: Apache-2.0
/** Links over the API: the list, join tokens, revocation, and the one public route by which devices join. */
import { BurnJoinToken, Enrol, ListLinks, MakeJoinToken, RevokeLink } from '@openhmp/contract'
import { formatJoinToken } from '@openhmp/protocol/hmp'
import { SYSTEM } from '../access/can.ts'
import { TryLimit } from '../access/try-limit.ts'
import type { Audit } from '../audit/audit.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { type JoinTokens, openTokenOf } from '../link/join-tokens.ts'
import type { Links } from '../link/links.ts'
import { type Handled, handle } from './handle.ts'

interface Parts {
  readonly links: Links
  readonly tokens: JoinTokens
  readonly fleet: Fleet
  readonly audit: Audit
  readonly caFingerprint: string
  /** `host:port` under which this server is reached, as far as it knows. */
  ownAddress(): string
  monotonic(): number
}

/** Handlers of the links' routes. */
export const linkRoutes = ({ links, tokens, fleet, audit, caFingerprint, ownAddress, monotonic }: Parts): Handled[] => {
  const limit = new TryLimit(monotonic)
  return [
    handle(ListLinks, async ({ may, isEverywhere }) => ({
      links: links.list((id) => may({ kind: 'device', id })),
      tokens: isEverywhere() ? (await tokens.open()).map(openTokenOf) : [],
    })),
    handle(MakeJoinToken, async ({ body, must, user, source }) => {
      must(SYSTEM)
      const { address, device, ...wish } = body
      if (device !== undefined) fleet.known(device)
      const { row, code } = await tokens.make({ ...wish, device }, user().name)
      const { id, role, name, site, serialNumber } = row
      const detail = { role, name, site, serialNumber }
      const said = { who: user().name, source, object: device ?? null, detail: { token: id, ...detail } }
      await audit.record({ ...said, action: 'link.token', outcome: 'done' })
      const token = formatJoinToken({ id, code, caFingerprint, address: address ?? ownAddress() })
      return { token, open: openTokenOf(row) }
    }),
    handle(BurnJoinToken, async ({ params, must, user, source }) => {
      must(SYSTEM)
      await tokens.burn(params.id)
      const said = { who: user().name, source, object: null, detail: { token: params.id } }
      await audit.record({ ...said, action: 'link.token.burn', outcome: 'done' })
      return undefined
    }),
    handle(RevokeLink, async ({ params, must, user, source }) => {
      must({ kind: 'device', id: params.id })
      const { address } = await links.revoke(params.id)
      const said = { who: user().name, source, object: params.id, detail: { identity: address } }
      await audit.record({ ...said, action: 'link.revoke', outcome: 'done' })
      return undefined
    }),
    handle(Enrol, async ({ body, source }) => {
      limit.check(body.id, source)
      try {
        const joined = await links.enrol(body, source)
        limit.succeeded(body.id, source)
        return joined
      } catch (error) {
        limit.failed(body.id, source)
        throw error
      }
    }),
  ]
}
