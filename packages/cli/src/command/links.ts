// SPDX-License-Identifier: Apache-2.0
/** `hmp links`: who dials in over HMP, tokens to join with, and taking a link's right away. */
import { type Link, ListLinks, MakeJoinToken, RevokeLink } from '@openhmp/contract'
import { readable } from '../capture/talk.ts'
import { chosen } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { confirm } from '../input/confirm.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

/** Who is to join. */
export interface JoinOptions {
  readonly agent?: boolean
  readonly name?: string
  readonly site?: string
  readonly serial?: string
  readonly device?: string
  readonly address?: string
}

const brief = (time: string | null): string => time?.slice(0, 16).replace('T', ' ') ?? ''

const rowOf = ({ name, identity, site, role, isOnline, since, signsInBy, certificateUntil, software }: Link) => [
  ...[
    readable(name, 60),
    identity,
    readable(site ?? '', 40),
    role ?? '',
    isOnline ? `online since ${brief(since)}` : 'away',
  ],
  ...[signsInBy, brief(certificateUntil), readable(software ?? '', 40)],
]

export async function runLinks(output: Output): Promise<void> {
  const { links, tokens } = await new Cms().call(ListLinks, {})
  output.document({ links, tokens }, () => {
    const head = ['link', 'identity', 'site', 'role', 'state', 'signs in by', 'until', 'software']
    const list = links.length === 0 ? 'Nobody dials in.' : formatTable(output, head, links.map(rowOf))
    if (tokens.length === 0) return list
    const open = tokens.map(({ id, role, name, site, by, expiresAt }) => [
      ...[id, role, readable(name ?? '', 60), readable(site ?? '', 40), readable(by, 40), brief(expiresAt)],
    ])
    return `${list}\n\n${formatTable(output, ['open token', 'for one', 'name', 'site', 'by', 'until'], open)}`
  })
}

/** Prints the token: it is shown this once. */
export async function runLinksJoin(options: JoinOptions, output: Output): Promise<void> {
  const cms = new Cms()
  const { agent, name, site, serial, device: named, address = hostOf(cms.url) } = options
  const device = named === undefined ? undefined : (await chosen(cms, { device: [named] }))?.[0]
  const body = {
    role: agent ? ('agent' as const) : ('device' as const),
    name,
    site,
    serialNumber: serial,
    device,
    address,
  }
  const checked = MakeJoinToken.body.safeParse(body)
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!
    throw new UsageError(`${String(path[0])}: ${message}`)
  }
  const { token, open } = await cms.call(MakeJoinToken, { body })
  output.document({ token, open }, () => token)
  output.note(`good once, until ${brief(open.expiresAt)} UTC; whoever has it can join: hand it over carefully`)
}

const hostOf = (url: string): string => {
  const { hostname, port } = new URL(url)
  return `${hostname}:${port || 443}`
}

/** By name, identity or id. */
export async function runLinksRevoke(which: string, options: { yes?: boolean }, output: Output): Promise<void> {
  const cms = new Cms()
  const { links } = await cms.call(ListLinks, {})
  const found = links.filter(({ id, identity, name }) => [id, identity, name].includes(which))
  const [link] = found
  if (!link) throw new UsageError(`there is no link ${JSON.stringify(which)}: hmp links lists them`)
  if (found.length > 1) throw new UsageError(`${found.length} links are called so: name one by its identity`)
  const question = `Revoke ${readable(link.name, 60)} (${link.identity})? It is cut off at once.`
  if (!options.yes && !(await confirm(question, 'nobody can be asked here: give --yes')))
    throw new UsageError('nothing was changed')
  await cms.call(RevokeLink, { params: { id: link.id } })
  output.document({ id: link.id, identity: link.identity }, () => `${link.identity} is revoked`)
}
