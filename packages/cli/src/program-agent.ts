// SPDX-License-Identifier: Apache-2.0
/** The grammar of `hmp agent`: a site's dial-out to its CMS. */
import { type Command, Option } from 'commander'
import { wholeNumber } from './input/number.ts'
import { Output } from './output/output.ts'

const outputOf = (options: { json?: boolean }) => new Output({ isJson: options.json ?? false })
const HELP = `
Secrets are never read from the command line but for a token by --join: the token may come from HMP_JOIN, a device's
password from HMP_DEVICE_PASSWORD, and at a terminal both are asked for. They are kept sealed under the key file
(HMP_AGENT_KEY_FILE), which lies outside the data folder. What the CMS may do here stands in the policy file.`

/** Adds the commands. */
export function addAgent(program: Command): void {
  const data = () =>
    new Option('--data <folder>', 'where the agent keeps its data').env('HMP_AGENT_DATA').default('agent-data')
  const agent = program.command('agent')
  agent
    .description("Put a site's devices on HMP: dial the CMS and stay; no port is opened here")
    .addOption(data())
    .option('--join <token>', 'join a CMS first, with this token (HMP_JOIN)')
    .option('--cms <url>', 'its address, as https://cms.example:8443, where the token does not say it')
    .addOption(
      new Option(
        '--policy <file>',
        'what the CMS may do here (default: policy.json in the data folder, else to look)',
      ).env('HMP_AGENT_POLICY'),
    )
    .option('--spool-mib <n>', 'room for events while there is no link', wholeNumber(1, 1_048_576), 256)
    .option('--json', 'one JSON value a line')
    .addHelpText('after', HELP)
    .action(async (options) => {
      const { runAgent } = await import('./command/agent.ts')
      await runAgent(options, outputOf(options))
    })
  agent
    .command('join')
    .description('Keep the address of a CMS, and what it gave to log in there')
    .argument('[url]', 'as https://cms.example:8443, where the token does not say it')
    .addOption(data())
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nThe token comes from HMP_JOIN, or is asked for.')
    .action(async (url: string | undefined, options) => {
      const { runAgentJoin } = await import('./command/agent.ts')
      await runAgentJoin(url, options, outputOf(options))
    })
  agent
    .command('add')
    .description('Add a device of the site, or change its account; it is tried first')
    .argument('<id>', 'what it is called on the way to the CMS: letters, digits, . _ -')
    .argument('<address>', 'host, host:port or an http(s):// address')
    .addOption(data())
    .option('--user <name>', 'account at the device', 'admin')
    .option('--rtsp-port <port>', 'the RTSP port, when the device does not tell', wholeNumber(1, 65_535))
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nThe password comes from HMP_DEVICE_PASSWORD, or is asked for.')
    .action(async (id: string, address: string, options) => {
      const { runAgentAdd } = await import('./command/agent.ts')
      await runAgentAdd(id, address, options, outputOf(options))
    })
  agent
    .command('remove')
    .description('Forget a device and its account')
    .argument('<id>', 'which')
    .addOption(data())
    .option('--json', 'one JSON document')
    .action(async (id: string, options) => {
      const { runAgentRemove } = await import('./command/agent.ts')
      runAgentRemove(id, options, outputOf(options))
    })
  agent
    .command('status')
    .description('How the agent that runs in this data folder is: its link, its devices, its events')
    .addOption(data())
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExit code 1: it does not run, or has no link.')
    .action(async (options) => {
      const { runAgentStatus } = await import('./command/agent.ts')
      runAgentStatus(options, outputOf(options))
    })
  agent
    .command('policy')
    .description('Print the policy that is in force without a file, to begin one with; or check a file')
    .argument('[file]', 'the file to check')
    .option('--json', 'the same')
    .action(async (file: string | undefined, options) => {
      const { runAgentPolicy } = await import('./command/agent.ts')
      runAgentPolicy(file, outputOf(options))
    })
}
