// SPDX-License-Identifier: Apache-2.0
/** The grammar of the commands about people: who may do what in a CMS. */
import type { Command } from 'commander'
import { Output } from './output/output.ts'

const outputOf = (options: { json?: boolean }) => new Output({ isJson: options.json ?? false })
const JSON_HELP = 'one JSON document'
const RIGHT = ['--right <role@place>', 'a role, and where: repeat it'] as const
const HELP = `
A right is ROLE (everywhere), ROLE@site:NAME, ROLE@tag:NAME, ROLE@DEVICE, or
ROLE@DEVICE#CHANNEL for one camera; hmp people roles lists the roles.
A new password comes from HMP_USER_PASSWORD, or is asked for at a terminal.`
const collect = (text: string, before: string[]) => [...before, text]

/** Adds them. */
export function addPeople(program: Command): void {
  const people = program.command('people').description('Who may sign in to a CMS, and what each may do where')
  people
    .command('list', { isDefault: true })
    .description('All of them')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runPeople } = await import('./command/people.ts')
      await runPeople(outputOf(options))
    })
  people
    .command('roles')
    .description('The roles, and what each allows')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runRoles } = await import('./command/people.ts')
      await runRoles(outputOf(options))
    })
  for (const [word, text] of [
    ['add', 'Add somebody'],
    ['rights', 'Give somebody these rights in place of those that were there; none: no rights at all'],
  ] as const)
    people
      .command(word)
      .description(text)
      .argument('<name>', 'the name to sign in with')
      .option(...RIGHT, collect, [])
      .option('--json', JSON_HELP)
      .addHelpText('after', HELP)
      .action(async (name: string, options) => {
        const { runPersonAdd, runPersonRights } = await import('./command/people.ts')
        await (word === 'add' ? runPersonAdd : runPersonRights)(name, options.right, outputOf(options))
      })
  const groups = people.command('groups').description('Groups of people: who is in one has its rights beside their own')
  groups
    .command('list', { isDefault: true })
    .description('All of them')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runGroups } = await import('./command/people-groups.ts')
      await runGroups(outputOf(options))
    })
  for (const [word, text] of [
    ['add', 'Make a group'],
    ['rights', 'Give a group these rights in place of those that were there; it holds at once for who is in it'],
  ] as const)
    groups
      .command(word)
      .description(text)
      .argument('<group>', 'its name')
      .option(...RIGHT, collect, [])
      .option('--json', JSON_HELP)
      .addHelpText('after', HELP)
      .action(async (name: string, options) => {
        const { runGroupAdd, runGroupRights } = await import('./command/people-groups.ts')
        await (word === 'add' ? runGroupAdd : runGroupRights)(name, options.right, outputOf(options))
      })
  for (const [word, text] of [
    ['join', 'Put somebody into a group'],
    ['leave', 'Take somebody out of a group'],
  ] as const)
    groups
      .command(word)
      .description(text)
      .argument('<group>', 'its name')
      .argument('<name>', 'whom')
      .option('--json', JSON_HELP)
      .action(async (group: string, name: string, options) => {
        const { runGroupMember } = await import('./command/people-groups.ts')
        await runGroupMember(group, name, word === 'join', outputOf(options))
      })
  groups
    .command('remove')
    .description('Remove a group that nobody is in')
    .argument('<group>', 'its name')
    .option('--json', JSON_HELP)
    .action(async (name: string, options) => {
      const { runGroupRemove } = await import('./command/people-groups.ts')
      await runGroupRemove(name, outputOf(options))
    })
  people
    .command('password')
    .description('Give somebody a new password; their sessions end')
    .argument('<name>', 'whom')
    .option('--json', JSON_HELP)
    .addHelpText('after', HELP)
    .action(async (name: string, options) => {
      const { runPersonPassword } = await import('./command/people.ts')
      await runPersonPassword(name, outputOf(options))
    })
  for (const [word, text] of [
    ['off', 'Let somebody in no more; their sessions end'],
    ['on', 'Let somebody in again'],
    ['reset', 'Take away the second proofs of somebody who has lost them; their sessions end'],
    ['remove', 'Remove somebody; what they did stays on record'],
  ] as const)
    people
      .command(word)
      .description(text)
      .argument('<name>', 'whom')
      .option('--json', JSON_HELP)
      .action(async (name: string, options) => {
        const { runPersonRemove, runPersonReset, runPersonSwitch } = await import('./command/people.ts')
        if (word === 'remove') await runPersonRemove(name, outputOf(options))
        else if (word === 'reset') await runPersonReset(name, outputOf(options))
        else await runPersonSwitch(name, word === 'off', outputOf(options))
      })
}
