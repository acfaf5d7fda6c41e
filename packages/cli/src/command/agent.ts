// SPDX-License-Identifier: Apache-2.0
/** `hmp agent`: a site's agent, until stopped, and what it is told. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, AgentHome, type AgentStatus, agentKeyFile, DEFAULT_POLICY, Policy } from '@openhmp/agent'
import { probeDevice, systemClock } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'
import { stopSignal } from '../input/device-options.ts'
import { readPassword } from '../input/password.ts'

import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

/** A status that is older than this is not of an agent that runs. */
const STALE_MS = 20_000
const PROBE_MS = 15_000
const MIB = 1024 * 1024

interface InFolder {
  readonly data: string
}

export interface AgentRunOptions extends InFolder {
  readonly join?: string
  readonly cms?: string
  readonly policy?: string
  readonly spoolMib: number
}

export interface AgentAddOptions extends InFolder {
  readonly user: string
  readonly rtspPort?: number
}

const homeOf = ({ data }: InFolder): AgentHome => new AgentHome(data, agentKeyFile())

export async function runAgent(options: AgentRunOptions, output: Output): Promise<void> {
  const { cms, data, policy, spoolMib } = options
  const home = homeOf(options)
  const stop = stopSignal()
  const token = options.join ?? process.env['HMP_JOIN']
  if (token !== undefined && home.link) output.note('This agent has joined already: hmp agent join joins anew.')
  else if (token !== undefined) await home.join(token, cms, stop)
  const file = policy ?? join(data, 'policy.json')
  const rules = policy !== undefined || existsSync(file) ? Policy.read(file) : new Policy()
  await using agent = await Agent.start({
    ...{ home, policy: rules, clock: systemClock, spoolBytes: spoolMib * MIB },
    onLine: (line) => output.note(line),
  })
  const { link, devices } = agent.status
  output.line({ kind: 'ready', identity: link.identity, url: link.url, devices: devices.length }, () => {
    return `${link.identity} dials ${link.url} for ${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`
  })
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
}

export async function runAgentJoin(url: string | undefined, options: InFolder, output: Output): Promise<void> {
  const token = await readPassword('the site (its token)', url ?? 'the CMS', 'HMP_JOIN')
  const { identity, url: address } = await homeOf(options).join(token, url, stopSignal())
  output.document({ identity, url: address }, () => `${identity} will dial ${address}`)
}

export async function runAgentAdd(
  id: string,
  address: string,
  options: AgentAddOptions,
  output: Output,
): Promise<void> {
  const home = homeOf(options)
  const { user, rtspPort } = options
  const password = await readPassword(user, address)
  const signal = AbortSignal.any([stopSignal(), AbortSignal.timeout(PROBE_MS)])
  const { model, name } = await probeDevice(address, { username: user, password }, { clock: systemClock, signal })
  home.addDevice({ id, address, userName: user, password, ...(rtspPort === undefined ? {} : { rtspPort }) })
  output.document({ id, address, model, name }, () => `${id} is ${model} at ${address}`)
  output.note('An agent that runs takes it up when it is started again.')
}

export function runAgentRemove(id: string, options: InFolder, output: Output): void {
  homeOf(options).removeDevice(id)
  output.document({ id }, () => `${id} is forgotten`)
  output.note('An agent that runs lets go of it when it is started again.')
}

export function runAgentStatus(options: InFolder, output: Output): void {
  const path = join(options.data, 'status.json')
  let status: AgentStatus
  try {
    status = JSON.parse(readFileSync(path, 'utf8')) as AgentStatus
  } catch (cause) {
    throw new Refusal('unavailable', 'agent.status', `no agent has run in ${options.data}`, { cause })
  }
  const { at, link, devices, events, streams, unitsShed } = status
  const isRunning = status.pid !== undefined && Date.now() - Date.parse(at) < STALE_MS
  output.document({ isRunning, ...status }, () =>
    [
      isRunning ? `${link.identity} runs` : `${link.identity} does not run: last heard of ${at}`,
      `${link.isUp ? 'linked to' : 'no link to'} ${link.url}${link.cause ? `: ${link.cause.text}` : ''}`,
      `events: ${events.waiting} wait, ${events.lost} lost, ${events.refused} not taken; streams: ${streams}, with ${unitsShed} pictures left out as the link is thin`,
      formatTable(
        output,
        ['device', 'address', 'model', 'state', 'why'],
        devices.map(({ id, address, model, state, cause }) => [id, address, model, state, cause?.text ?? '']),
      ),
    ].join('\n'),
  )
  if (!isRunning || !link.isUp) process.exitCode = 1
}

export function runAgentPolicy(file: string | undefined, output: Output): void {
  const rules = file === undefined ? DEFAULT_POLICY : Policy.read(file).rules
  output.document(rules, () => JSON.stringify(rules, undefined, 2))
}
