// SPDX-License-Identifier: Apache-2.0
/** The grammar of the commands about rules: what a CMS does when something happens. */
import type { Command } from 'commander'
import { wholeNumber } from './input/number.ts'
import { Output } from './output/output.ts'

const outputOf = (options: { json?: boolean }) => new Output({ isJson: options.json ?? false })
const JSON_HELP = 'one JSON document'

/** Adds them. */
export function addRules(program: Command): void {
  const rules = program.command('rules').description('What a CMS does when something happens')
  rules
    .command('list', { isDefault: true })
    .description('The rules')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runRules } = await import('./command/rules.ts')
      await runRules(outputOf(options))
    })
  rules
    .command('log')
    .description('What they did, newest first')
    .option('--limit <n>', 'how many', wholeNumber(1, 500), 50)
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runFirings } = await import('./command/rules.ts')
      await runFirings(options, outputOf(options))
    })
  const targets = program.command('targets').description('Whom a CMS tells')
  targets
    .command('list', { isDefault: true })
    .description('The targets, and how it goes')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runTargets } = await import('./command/rules.ts')
      await runTargets(outputOf(options))
    })
  targets
    .command('test')
    .description('Send a test now')
    .argument('<target>', 'its name or id')
    .option('--json', JSON_HELP)
    .action(async (target: string, options) => {
      const { runTargetTest } = await import('./command/rules.ts')
      await runTargetTest(target, outputOf(options))
    })
  for (const [name, isArmed] of [
    ['arm', true],
    ['disarm', false],
  ] as const)
    program
      .command(name)
      .description(`${isArmed ? 'Arm' : 'Disarm'} a site: rules may ask for it; without a site, how all of them are`)
      .argument('[site]', 'its name')
      .option('--json', JSON_HELP)
      .action(async (site: string | undefined, options) => {
        const { runArm, runArming } = await import('./command/rules.ts')
        await (site === undefined ? runArming(outputOf(options)) : runArm(site, isArmed, outputOf(options)))
      })
}
