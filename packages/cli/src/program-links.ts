// SPDX-License-Identifier: Apache-2.0
/** The grammar of `hmp links`: who dials in to a CMS over HMP. */
import type { Command } from 'commander'
import { Output } from './output/output.ts'

const outputOf = (options: { json?: boolean }) => new Output({ isJson: options.json ?? false })
const JSON_HELP = 'one JSON document'

/** Adds them. */
export function addLinks(program: Command): void {
  const links = program.command('links').description('Who dials in to a CMS over HMP')
  links
    .command('list', { isDefault: true })
    .description('The links with their state, and the join tokens that are open')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runLinks } = await import('./command/links.ts')
      await runLinks(outputOf(options))
    })
  links
    .command('join')
    .description('Make a token with which one device joins, once, within 15 minutes')
    .option('--agent', 'for the agent of a site instead of a device')
    .option('--name <name>', 'what it will be called')
    .option('--site <name>', 'where it stands')
    .option('--serial <number>', 'only for the device with this serial number')
    .option('--device <name>', 'for this one, which is there already: it joins again and keeps its history')
    .option('--address <host:port>', 'where the device reaches the CMS (default: as you do)')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runLinksJoin } = await import('./command/links.ts')
      await runLinksJoin(options, outputOf(options))
    })
  links
    .command('revoke')
    .description('Take the certificates and the key of a link away; it is cut off at once')
    .argument('<link>', 'its identity, name or id')
    .option('--yes', 'do not ask')
    .option('--json', JSON_HELP)
    .action(async (which: string, options) => {
      const { runLinksRevoke } = await import('./command/links.ts')
      await runLinksRevoke(which, options, outputOf(options))
    })
}
