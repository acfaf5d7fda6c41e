// SPDX-License-Identifier: Apache-2.0
/**
 * The grammar of the `hmp` command: its words, options and help. What a command does is imported when it is called, so
 * that `hmp --help` is quick and a tool for one camera does not load the server.
 */
import { Command, InvalidArgumentError } from 'commander'
import { duration, numbers, oneOf, pictureSize, wholeNumber } from './input/number.ts'
import { Output } from './output/output.ts'
import { addAgent } from './program-agent.ts'
import { addCms } from './program-cms.ts'
import { addLinks } from './program-links.ts'
import { addPeople } from './program-people.ts'
import { addRules } from './program-rules.ts'
import { addUpkeep } from './program-upkeep.ts'

const port = wholeNumber(0, 65_535)
const method = oneOf('sadp', 'onvif', 'range')
const collectMethod = (text: string, before: string[]) => [...before, method(text)]
const collectPort = (text: string, before: number[]) => [...before, port(text)]
const DEVICE_HELP = `
The password comes from HMP_DEVICE_PASSWORD, or is asked for at a terminal.
ADDRESS is a host, host:port, or an http:// or https:// address.`

/** The whole command. `version` is that of the package. */
export function createProgram(version: string): Command {
  const program = new Command('hmp')
  program
    .description('OpenHMP: a central management system for surveillance devices, devices in software, and tools')
    .version(version)
    .enablePositionalOptions() // so that --version of `emulate firmware` is its own
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // main.ts says it, in one line
    .helpCommand(false)
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage.')
  addSystem(program)
  addAgent(program)
  addCms(program)
  addLinks(program)
  addRules(program)
  addPeople(program)
  addDevice(
    program.command('device').description('Straight to a device, without a CMS').addHelpText('after', DEVICE_HELP),
  )
  program
    .command('discover')
    .description('Find the devices of this network: by SADP and WS-Discovery, and in a range of addresses')
    .option('--range <addresses>', 'knock at these, as 192.168.1.0/24 or 192.168.1.10-50')
    .option('--method <name>', 'sadp, onvif or range; repeat it (default: all that can be used)', collectMethod, [])
    .option('--port <port>', 'HTTP port to knock at; repeat it (default: 80)', collectPort, [])
    .option('--interface <address>', 'own address to ask on; repeat it (default: all)', collect, [])
    .option('--seconds <n>', 'end after so long (default: when all had time to answer)', duration)
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nNo password is ever sent. What is found has only said so itself.')
    .action(async (options) => {
      const { runDiscover } = await import('./command/discover.ts')
      await runDiscover(options, outputOf(options))
    })
  program
    .command('doctor')
    .description('Why a device does not work: a walk from the cable to the picture')
    .argument('<address>', 'the device')
    .option('--user <name>', 'account at the device (default: admin)')
    .option('--timeout <seconds>', 'give up after so long', duration, 120)
    .option('--pin <sha256>', 'trust exactly this certificate, for https')
    .option('--rtsp-port <port>', 'the RTSP port, when the device does not tell', port)
    .option('--json', 'one JSON document')
    .addHelpText('after', `${DEVICE_HELP}\nExit code 1: something is wrong that keeps the device from working.`)
    .action(async (address: string, options) => {
      const { runDoctor } = await import('./command/doctor.ts')
      await runDoctor(address, options, outputOf(options))
    })
  const dissect = program.command('dissect').description('Show a capture (pcap, pcapng) as a talk')
  dissect
    .argument('<file>', 'the capture')
    .option('--details', 'header fields and descriptions too')
    .option('--json', 'one JSON value a line')
    .action(async (file: string, options) => {
      const { runDissect } = await import('./command/dissect.ts')
      runDissect(file, options, outputOf(options))
    })
  return program
}

const outputOf = (options: { json?: boolean }) => new Output({ isJson: options.json ?? false })

function addSystem(program: Command): void {
  program
    .command('serve')
    .description('Run the CMS')
    .option('--data <folder>', 'where it keeps its data (HMP_DATA, ./data)')
    .option('--port <port>', 'HTTPS port (HMP_PORT, 8443)', port)
    .option('--rtsp-port <port>', 'RTSP port (HMP_RTSP_PORT)', port)
    .option('--push-port <port>', 'port on which devices push events without TLS (HMP_PUSH_PORT)', port)
    .option('--host <address>', 'address to listen on (HMP_HOST)')
    .option('--certificate <file>', 'your own certificate for the console, with its chain, in PEM (HMP_CERTIFICATE)')
    .option('--key <file>', 'its key, in PEM (HMP_KEY)')
    .option('--demo <cameras>', 'start with so many emulated cameras (HMP_DEMO)', wholeNumber(0, 64))
    .option('--json', 'log as JSON lines')
    .action(async (options) => {
      const { runServe } = await import('./command/serve.ts')
      await runServe(options, outputOf(options))
    })
  program
    .command('verify')
    .description(
      'Whether the audit of a CMS is whole: nothing changed, removed, moved or cut off. The CMS may be running',
    )
    .option('--data <folder>', 'its data (HMP_DATA, ./data)')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nThe key comes from HMP_KEY_FILE; the checkpoints lie beside it. Exit code 1: it is not whole.',
    )
    .action(async (options) => {
      const { runVerify } = await import('./command/verify.ts')
      runVerify(options, outputOf(options))
    })
  addUpkeep(program)
  const emulate = program.command('emulate')
  addEmulateFirmware(emulate)
  emulate
    .description('Be cameras and recorders in software')
    .option('--cameras <n>', 'how many cameras', wholeNumber(0, 2000))
    .option('--recorders <n>', 'how many recorders', wholeNumber(0, 64))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--http-port <port>', 'port of the first device, the others follow', port, 18_080)
    .option('--rtsp-port <port>', 'port of the first device, the others follow', port, 15_540)
    .option('--https-port <port>', 'HTTPS too; port of the first device, the others follow', port)
    .option('--user <name>', 'account of the devices', 'admin')
    .option('--discoverable', 'answer those who search the network: SADP and WS-Discovery')
    .option('--not-activated', 'devices as they come from the factory, without a password')
    .option('--media <file>', 'an MP4 file to play')
    .option('--codec <codec>', 'h264, h265 or mjpeg', oneOf('h264', 'h265', 'mjpeg'))
    .option('--audio <codec>', 'pcma or pcmu', oneOf('pcma', 'pcmu'))
    .option('--fault <spec>', 'trouble on demand, as drop=1%,split=1; 3:lock is for device 3, 4-9:lock for those')
    .option('--profile <name>', 'quirks of a firmware; mixed: of all in turn')
    .option(
      '--state <folder>',
      'where the devices keep their settings, accounts, firmware and certificates over a restart',
    )
    .option('--hmp <url>', 'dial this CMS over HMP')
    .option('--proxy <url>', 'an HTTP proxy on the way to the CMS, as http://host:3128')
    .option(
      '--join <token>',
      'the token of the i-th device for HMP (hmp1j: fetches a certificate); repeat it',
      collect,
      [],
    )
    .option('--json', 'one JSON value a line')
    .addHelpText(
      'after',
      '\nThe password of the devices comes from HMP_DEVICE_PASSWORD; tokens may come from HMP_JOIN.' +
        '\n--fault evil-NAME makes a hostile device: entities, endless, header, length, redirect, elsewhere, basic,' +
        '\ndowngrade, channels, alerts, certificate, names, rtsp, sdp. For tests, on a network of your own.',
    )
    .action(async (options) => {
      const { runEmulate } = await import('./command/emulate.ts')
      await runEmulate(options, outputOf(options))
    })
  program
    .command('config')
    .description('Print the configuration in force, and where each value comes from; secrets are masked')
    .option('--json', 'one JSON document')
    .action(async (options) => {
      const { runConfig } = await import('./command/config.ts')
      runConfig(outputOf(options))
    })
}

function addEmulateFirmware(emulate: Command): void {
  emulate
    .command('firmware')
    .description('Write an image that emulated devices take as firmware')
    .requiredOption('--model <name>', 'a model that takes it; repeat it', collect)
    .requiredOption('--version <version>', 'as V5.7.20')
    .option('--build <date>', 'as "build 261101" (default: today)')
    .option('--language <code>', 'EN, CN, or ML for all', 'EN')
    .option('--size-kib <n>', 'how large', wholeNumber(1, 262_144), 1024)
    .requiredOption('--out <file>', 'where it goes')
    .option('--json', 'one JSON document')
    .action(async (options) => {
      const { runEmulateFirmware } = await import('./command/emulate-firmware.ts')
      await runEmulateFirmware(options, outputOf(options))
    })
}

const speeds = numbers(3, 'three speeds such as -20,0,0')
const position = numbers(3, 'a position such as 180,10,1')
const bitrateMode = (text: string) => oneOf('CBR', 'VBR')(text.toUpperCase())

/** `HTTP=8080`, `RTSP=off`. */
const servicePort = (text: string) => {
  const [, protocol, to = ''] = /^(\w{1,20})=(\d{1,5}|on|off)$/i.exec(text) ?? []
  if (protocol === undefined) throw new InvalidArgumentError('wants a service and a port, as HTTP=8080, or off')
  return { protocol, ...(/^\d/.test(to) ? { port: Number(to) } : { isEnabled: to.toLowerCase() === 'on' }) }
}

const collectNumber =
  (least: number, most: number) =>
  (value: string, before: readonly number[] = []): number[] => [...before, wholeNumber(least, most)(value)]

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

function addDevice(device: Command): void {
  const verb = (name: string, description: string) =>
    device
      .command(name)
      .description(description)
      .argument('<address>', 'the device')
      .option('--user <name>', 'account at the device (default: admin)')
      .option('--timeout <seconds>', 'give up after so long', duration, 10)
      .option('--pin <sha256>', 'trust exactly this certificate, for https')
      .option('--json', 'JSON instead of tables')
      .addHelpText('after', DEVICE_HELP)
  verb('info', 'What it is: model, serial number, firmware, channels, streams').action(async (address, options) => {
    const { runInfo } = await import('./command/device-info.ts')
    await runInfo(address, options, outputOf(options))
  })
  verb('capabilities', 'What it says that it can do').action(async (address, options) => {
    const { runCapabilities } = await import('./command/device-capabilities.ts')
    await runCapabilities(address, options, outputOf(options))
  })
  verb('get', 'Print an ISAPI resource as it is')
    .argument('<path>', 'as /ISAPI/System/time')
    .action(async (address, path, options) => {
      const { runGet } = await import('./command/device-get.ts')
      await runGet(address, path, options, outputOf(options))
    })
  verb('activate', 'Give it its first password, when it comes from its box').action(async (address, options) => {
    const { runActivate } = await import('./command/device-activate.ts')
    await runActivate(address, options, outputOf(options))
  })
  verb('reboot', 'Restart it').action(async (address, options) => {
    const { runReboot } = await import('./command/device-reboot.ts')
    await runReboot(address, options, outputOf(options))
  })
  verb('snapshot', 'Take a picture')
    .option('--stream <id>', 'channel * 100 + 1 (main) or 2 (sub)', wholeNumber(101, 99_999), 101)
    .requiredOption('--out <file>', 'where the JPEG goes; - is standard output')
    .action(async (address, options) => {
      const { runSnapshot } = await import('./command/device-snapshot.ts')
      await runSnapshot(address, options, outputOf(options))
    })
  verb('events', 'Print events as they happen, until stopped')
    .option('--seconds <n>', 'stop after so long', duration)
    .option('--count <n>', 'stop after so many', wholeNumber(1, 1_000_000))
    .action(async (address, options) => {
      const { runEvents } = await import('./command/device-events.ts')
      await runEvents(address, options, outputOf(options))
    })
  verb('output', 'Alarm inputs and outputs; an output switched')
    .argument('[number]', 'which output; behind a recorder channel * 100 + 1', wholeNumber(1, 99_999))
    .argument('[state]', 'on, off or pulse', oneOf('on', 'off', 'pulse'))
    .option('--seconds <n>', 'length of a pulse', duration, 1)
    .action(async (address, number, state, options) => {
      const { runOutput } = await import('./command/device-output.ts')
      await runOutput(address, number, state, options, outputOf(options))
    })
  verb('talk', 'Play a WAV file through its loudspeaker')
    .argument('<file>', 'one channel, 8000 Hz')
    .option('--channel <n>', 'which loudspeaker', wholeNumber(1, 999), 1)
    .action(async (address, file, options) => {
      const { runTalk } = await import('./command/device-talk.ts')
      await runTalk(address, file, options, outputOf(options))
    })
  verb('ptz', 'Where a camera looks, its presets, and one order to move it')
    .option('--channel <n>', 'which input', wholeNumber(1, 999), 1)
    .option('--move <pan,tilt,zoom>', 'speeds from -100 to 100: right, up and nearer are positive', speeds)
    .option('--for <seconds>', 'how long to move', duration, 1)
    .option('--stop', 'stand still')
    .option('--to <azimuth,elevation,zoom>', 'degrees, degrees, times', position)
    .option('--goto <preset>', 'go to a preset', wholeNumber(1, 999))
    .option('--set <preset>', 'keep the present position under this number', wholeNumber(1, 999))
    .option('--name <text>', 'with --set')
    .option('--delete <preset>', 'forget a preset', wholeNumber(1, 999))
    .action(async (address, options) => {
      const { runPtz } = await import('./command/device-ptz.ts')
      await runPtz(address, options, outputOf(options))
    })
  verb('users', 'The accounts: listed, added, given another password, removed')
    .argument('[verb]', 'list, add, password or remove', oneOf('list', 'add', 'password', 'remove'), 'list')
    .argument('[name]', 'which user')
    .option('--level <level>', 'of a new one', oneOf('Administrator', 'Operator', 'Viewer'), 'Viewer')
    .addHelpText('after', 'A new password comes from HMP_NEW_PASSWORD, or is asked for as well.')
    .action(async (address, what, name, options) => {
      const { runUsers } = await import('./command/device-users.ts')
      await runUsers(address, what, name, options, outputOf(options))
    })
  verb('channels', 'The cameras behind a recorder, and where it finds one; changed')
    .argument('[number]', 'one channel', wholeNumber(1, 999))
    .option('--name <text>', 'what it is called')
    .option('--host <host>', 'name or address of the camera')
    .option('--port <port>', 'that it is managed over', wholeNumber(1, 65_535))
    .option('--protocol <word>', 'as HIKVISION or ONVIF')
    .option('--account <name>', 'user at the camera')
    .option('--new-password', 'tell it the password of that account: from HMP_NEW_PASSWORD, or asked for')
    .action(async (address, number, options) => {
      const { runChannels } = await import('./command/device-channels.ts')
      await runChannels(address, number, options, outputOf(options))
    })
  verb('put', 'Write an ISAPI document as it is, and read it again')
    .argument('<path>', 'as /ISAPI/System/time')
    .argument('[file]', 'XML; - for standard input', '-')
    .addHelpText('after', 'Exit code 1: the device made something else of it.')
    .action(async (address, path, file, options) => {
      const { runPut } = await import('./command/device-put.ts')
      await runPut(address, path, file, options, outputOf(options))
    })
  verb('time', 'The clock beside ours; set by a time server or by hand')
    .option('--ntp <host>', 'have this server keep it')
    .option('--zone <zone>', 'as CST-8:00:00, which is eight hours ahead of UTC')
    .option('--set', 'set it to the time of this machine')
    .action(async (address, options) => {
      const { runTime } = await import('./command/device-time.ts')
      await runTime(address, options, outputOf(options))
    })
  verb('network', 'Address and ports; set')
    .option('--address <address>', 'a fixed one')
    .option('--mask <mask>', 'as 255.255.255.0')
    .option('--gateway <address>', 'the way out')
    .option('--dns <address>', 'the first name server')
    .option('--dhcp', 'be given an address')
    .option('--port <service=port>', 'as HTTP=8080, or RTSP=off', servicePort)
    .option('--yes', 'do not ask')
    .action(async (address, options) => {
      const { runNetwork } = await import('./command/device-network.ts')
      await runNetwork(address, options, outputOf(options))
    })
  verb('backup', 'All settings as a file; it holds passwords')
    .argument('<file>', 'to be made')
    .option('--key', 'sealed with a key, as newer firmware wants it: from HMP_BACKUP_KEY, or asked for')
    .action(async (address, file, options) => {
      const { runBackup } = await import('./command/device-backup.ts')
      await runBackup(address, file, options, outputOf(options))
    })
  verb('restore', 'Put a backup back')
    .argument('<file>', 'of the same model')
    .option('--key', 'sealed with a key, as newer firmware wants it: from HMP_BACKUP_KEY, or asked for')
    .option('--yes', 'do not ask')
    .action(async (address, file, options) => {
      const { runRestore } = await import('./command/device-backup.ts')
      await runRestore(address, file, options, outputOf(options))
    })
  verb('reset', 'Back to how it came from the factory')
    .argument('[mode]', 'basic keeps network and accounts; full keeps nothing', oneOf('basic', 'full'), 'basic')
    .option('--yes', 'do not ask')
    .action(async (address, mode, options) => {
      const { runReset } = await import('./command/device-backup.ts')
      await runReset(address, mode, options, outputOf(options))
    })
  verb('stream', 'Streams: what they are, may be, and are to be')
    .argument('[id]', 'one stream: channel * 100 + 1 (main) or 2 (sub)', wholeNumber(101, 99_999))
    .option('--codec <codec>', 'h264, h265 or mjpeg', oneOf('h264', 'h265', 'mjpeg'))
    .option('--size <width>x<height>', 'of the picture', pictureSize)
    .option('--rate <n>', 'frames a second', duration)
    .option('--bitrate <kbit/s>', 'constant, or the most of a variable one', wholeNumber(1, 1_000_000))
    .option('--mode <mode>', 'cbr or vbr', bitrateMode)
    .option('--gop <frames>', 'from one key picture to the next', wholeNumber(1, 10_000))
    .option('--codec-profile <name>', 'as Main, High')
    .option('--audio <what>', 'on, off, pcma or pcmu', oneOf('on', 'off', 'pcma', 'pcmu'))
    .action(async (address, id, options) => {
      const { runStream } = await import('./command/device-stream.ts')
      await runStream(address, id, options, outputOf(options))
    })
  verb('triggers', 'Which events reach a CMS')
    .option('--mend', 'link those that do not')
    .option('--kind <event>', 'only this event type, as VMD; repeat it', collect, [])
    .option('--channel <n>', 'only this channel; repeat it', collectNumber(1, 999), [])
    .action(async (address, options) => {
      const { runTriggers } = await import('./command/device-triggers.ts')
      await runTriggers(address, options, outputOf(options))
    })
  verb('probe', 'Try what it speaks, and how it answers').action(async (address, options) => {
    const { runProbe } = await import('./command/device-probe.ts')
    await runProbe(address, options, outputOf(options))
  })
  verb('record', 'Write what it sends to an MP4 file; ADDRESS may be an rtsp:// address')
    .requiredOption('--out <file>', 'the MP4 file')
    .option('--seconds <n>', 'how long', duration, 10)
    .option('--stream <id>', 'channel * 100 + 1 (main) or 2 (sub)', wholeNumber(101, 99_999), 101)
    .option('--transport <how>', 'tcp or udp', oneOf('tcp', 'udp'), 'tcp')
    .option('--rtsp-port <port>', 'the RTSP port, when the device does not tell', port)
    .action(async (address, options) => {
      const { runRecord } = await import('./command/device-record.ts')
      await runRecord(address, options, outputOf(options))
    })
}
