// SPDX-License-Identifier: Apache-2.0
/** The grammar of the commands that work with a CMS: sign-in, the fleet, jobs. */
import type { Command } from 'commander'
import { wholeNumber } from './input/number.ts'
import { Output } from './output/output.ts'

const outputOf = (options: { json?: boolean }) => new Output({ isJson: options.json ?? false })
const collect = (value: string, before: string[]) => [...before, value]
const JSON_HELP = 'one JSON document'

/** Adds them. */
export function addCms(program: Command): void {
  program
    .command('login')
    .description('Sign in to a CMS, for the commands below')
    .argument('<url>', 'https://HOST:8443')
    .option('--user <name>', 'your name there', 'admin')
    .option('--fingerprint <sha256>', 'the authority that the CMS prints when it is started')
    .option('--json', JSON_HELP)
    .addHelpText('after', '\nThe password comes from HMP_PASSWORD, or is asked for at a terminal.')
    .action(async (url: string, options) => {
      const { runLogin } = await import('./command/login.ts')
      await runLogin(url, options, outputOf(options))
    })
  program
    .command('logout')
    .description('Sign out of the CMS')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runLogout } = await import('./command/login.ts')
      await runLogout(outputOf(options))
    })
  addEvents(program)
  addAlarms(program)
  addAudit(program)
  addFleet(program.command('fleet').description('The devices of a CMS, many at a time'))
  addJobs(program)
}

function addEvents(program: Command): void {
  program
    .command('events')
    .description('What happened at the devices of a CMS, newest first, or as it happens')
    .option('--device <name>', 'of this device, by name or id; repeat it', collect, [])
    .option('--site <name>', 'of devices of this site')
    .option('--channel <n>', 'of this channel', wholeNumber(1, 100_000))
    .option('--kind <kinds>', 'motion, lineCrossing, alarmInput ...; several with commas')
    .option('--state <states>', 'active, inactive, unknown; several with commas')
    .option('--text <text>', 'a part of a name, the description, a plate or a face')
    .option('--from <time>', '2026-11-23T08:00:00Z, or 90s, 30m, 2h, 7d ago')
    .option('--to <time>', 'not in it any more')
    .option('--limit <n>', 'how many; before those to come: 0 for none', wholeNumber(0, 100_000), 50)
    .option('--gaps', 'also the times of which nobody knows')
    .option('--summary', 'how many of each kind, instead; of the last day unless told otherwise')
    .option('--follow', 'and those to come, oldest first, until stopped')
    .option('--json', 'one JSON document; with --follow a line each')
    .action(async (options) => {
      const { runEvents } = await import('./command/events.ts')
      await runEvents(options, outputOf(options))
    })
}

function addAlarms(program: Command): void {
  program
    .command('alarms')
    .description('Events that somebody has to look at, the gravest first')
    .option('--state <states>', 'new, acknowledged, closed; several with commas (default: those that are open)')
    .option('--severity <severities>', 'critical, high, low; several with commas')
    .option('--device <name>', 'of this device, by name or id')
    .option('--assignee <name>', 'of this person')
    .option('--limit <n>', 'how many', wholeNumber(1, 500), 50)
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runAlarms } = await import('./command/alarms.ts')
      await runAlarms(options, outputOf(options))
    })
  program
    .command('alarm')
    .description('One alarm with what was said of it; ack, close, comment TEXT, assign NAME')
    .argument('<id>', 'hmp alarms lists them')
    .argument('[deed]', 'ack, close, comment, assign')
    .argument('[word]', 'the comment; the name, empty for nobody')
    .option('--json', JSON_HELP)
    .action(async (id: string, deed: string | undefined, word: string | undefined, options) => {
      const { runAlarm } = await import('./command/alarms.ts')
      await runAlarm(id, deed, word, outputOf(options))
    })
}

function addAudit(program: Command): void {
  program
    .command('audit')
    .description('Who did what at a CMS, and who watched which camera: newest first, or as it is done')
    .option('--since <time>', '2026-11-23T08:00:00Z, or 90s, 30m, 2h, 7d ago')
    .option('--until <time>', 'not in it any more')
    .option('--who <name>', 'of this person')
    .option('--action <action>', 'device.add; device. or viewing. for all that begin so')
    .option('--device <name>', 'done to this device, by name or id')
    .option('--outcome <outcome>', 'done, refused, failed')
    .option('--limit <n>', 'how many; before those to come: 0 for none', wholeNumber(0, 100_000), 50)
    .option('--follow', 'and those to come, oldest first, until stopped')
    .option('--json', 'one JSON document; with --follow a line each')
    .action(async (options) => {
      const { runAudit } = await import('./command/audit.ts')
      await runAudit(options, outputOf(options))
    })
}

const withChoice = (command: Command): Command =>
  command
    .option('--site <name>', 'devices of this site')
    .option('--tag <name>', 'devices with this tag; repeat it for those with all of them', collect, [])
    .option('--model <name>', 'devices of this model')
    .option('--device <name>', 'this device, by name or id; repeat it', collect, [])

const withRollout = (command: Command): Command =>
  command
    .option('--waves <sizes>', 'numbers and shares, as 1,5%,25%,100%')
    .option('--concurrency <n>', 'devices at a time', wholeNumber(1, 200))
    .option('--per-site <n>', 'devices of one site at a time', wholeNumber(1, 200))
    .option('--per-site-minute <n>', 'devices of one site that are begun in a minute', wholeNumber(1, 10_000))
    .option('--max-failures <n>', 'pause when more have failed', wholeNumber(0, 10_000))
    .option('--window <from-to>', "only within this time of the CMS's day, as 22:00-04:00")
    .option('--yes', 'do not ask')
    .option('--detach', 'begin, and do not follow')

function addFleet(fleet: Command): void {
  withChoice(fleet.command('devices'))
    .description('List them')
    .option('--state <state>', 'online, unreachable, refused ...')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runFleetDevices } = await import('./command/fleet-devices.ts')
      await runFleetDevices(options, outputOf(options))
    })
  fleet
    .command('label')
    .description('Set site, group and tags; an empty word takes site or group away')
    .argument('<device...>', 'names or ids')
    .option('--site <name>', 'where they are')
    .option('--group <name>', 'devices that watch the same place: never two of them are worked on at once')
    .option('--add-tag <name>', 'repeat it', collect, [])
    .option('--remove-tag <name>', 'repeat it', collect, [])
    .option('--json', JSON_HELP)
    .action(async (devices: string[], options) => {
      const { runLabel } = await import('./command/fleet-devices.ts')
      await runLabel(devices, options, outputOf(options))
    })
  withChoice(fleet.command('plan'))
    .description('Compare devices with a file of what they should be; changes nothing')
    .argument('<file>', 'YAML; - for standard input')
    .option('--verbose', 'each device with its differences')
    .option('--json', JSON_HELP)
    .action(async (file: string, options) => {
      const { runPlan } = await import('./command/fleet-desired.ts')
      await runPlan(file, options, outputOf(options))
    })
  withRollout(withChoice(fleet.command('apply')))
    .description('Make devices what the file says, in waves; what they were is kept')
    .argument('<file>', 'YAML; - for standard input')
    .option('--verbose', 'each device with its differences')
    .option('--json', JSON_HELP)
    .action(async (file: string, options) => {
      const { runApply } = await import('./command/fleet-desired.ts')
      await runApply(file, options, outputOf(options))
    })
  fleet
    .command('keep')
    .description('Keep the file at the CMS, which then tells what drifts away from it')
    .argument('<file>', 'YAML; - for standard input')
    .option('--json', JSON_HELP)
    .action(async (file: string, options) => {
      const { runKeep } = await import('./command/fleet-desired.ts')
      await runKeep(file, outputOf(options))
    })
  fleet
    .command('drift')
    .description('Devices that are not as the kept file says; exit code 1 when there are some')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runDrift } = await import('./command/fleet-desired.ts')
      await runDrift(outputOf(options))
    })
  fleet
    .command('undo')
    .description('Give devices back what a job changed')
    .argument('<job>', 'its id: hmp jobs')
    .option('--detach', 'begin, and do not follow')
    .option('--json', JSON_HELP)
    .action(async (job: string, options) => {
      const { runUndo } = await import('./command/fleet-desired.ts')
      await runUndo(job, options, outputOf(options))
    })
  withChoice(fleet.command('export'))
    .description('Write down what devices are today, as such a file')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runExport } = await import('./command/fleet-desired.ts')
      await runExport(options, outputOf(options))
    })
  withRollout(withChoice(fleet.command('passwords')))
    .description('New passwords for devices: each its own, kept sealed at the CMS')
    .option('--all', 'every device')
    .option('--same', 'one for all, from HMP_NEW_PASSWORD or asked for')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runFleetPasswords } = await import('./command/fleet-accounts.ts')
      await runFleetPasswords(options, outputOf(options))
    })
  withRollout(withChoice(fleet.command('certificates')))
    .description("New HTTPS certificates for devices, signed by the CMS's authority")
    .option('--all', 'every device')
    .option('--https', 'reach these devices over HTTPS from then on')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runFleetCertificates } = await import('./command/fleet-accounts.ts')
      await runFleetCertificates(options, outputOf(options))
    })
  addFirmware(fleet.command('firmware').description('Images, and bringing them to devices'))
}

function addFirmware(firmware: Command): void {
  firmware
    .command('list')
    .description('Images that are kept at the CMS')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runFirmwareList } = await import('./command/fleet-firmware.ts')
      await runFirmwareList(outputOf(options))
    })
  firmware
    .command('add')
    .description('Keep an image at the CMS')
    .argument('<file>', 'the image, as the vendor gives it')
    .requiredOption('--version <version>', 'the version that it brings, as devices write it')
    .requiredOption('--model <name>', 'a model that it is for; repeat it', collect, [])
    .option('--name <name>', 'its name here (default: that of the file)')
    .option('--notes <text>', 'what is to be known about it')
    .option('--json', JSON_HELP)
    .action(async (file: string, options) => {
      const { runFirmwareAdd } = await import('./command/fleet-firmware.ts')
      await runFirmwareAdd(file, options, outputOf(options))
    })
  withRollout(withChoice(firmware.command('rollout')))
    .description('Bring an image to devices, in waves')
    .argument('<id>', 'of the image')
    .option('--json', JSON_HELP)
    .action(async (id: string, options) => {
      const { runFirmwareRollOut } = await import('./command/fleet-firmware.ts')
      await runFirmwareRollOut(id, options, outputOf(options))
    })
}

function addJobs(program: Command): void {
  program
    .command('jobs')
    .description('Work over many devices, newest first')
    .option('--limit <n>', 'how many', wholeNumber(1, 200), 20)
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runJobs } = await import('./command/job.ts')
      await runJobs(options, outputOf(options))
    })
  const job = program.command('job').description('One job: what became of each device; to steer it')
  job
    .command('show', { isDefault: true })
    .description('How it stands')
    .argument('<id>', 'hmp jobs lists them')
    .option('--follow', 'to its end; exit code 1 when a device has failed')
    .option('--log', 'what happened, too')
    .option('--json', JSON_HELP)
    .action(async (id: string, options) => {
      const { runJob } = await import('./command/job.ts')
      await runJob(id, options, outputOf(options))
    })
  const words = {
    pause: 'Begin no further device',
    resume: 'Go on with a paused job',
    cancel: 'Stop; what was done stays',
    retry: 'Do the failed devices again, as a new job',
  } as const
  for (const [deed, text] of Object.entries(words) as [keyof typeof words, string][])
    job
      .command(deed)
      .description(text)
      .argument('<id>', 'hmp jobs lists them')
      .option('--json', JSON_HELP)
      .action(async (id: string, options) => {
        const { runJobDeed } = await import('./command/job.ts')
        await runJobDeed(deed, id, outputOf(options))
      })
}
