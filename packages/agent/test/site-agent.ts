// SPDX-License-Identifier: Apache-2.0
/** A site's agent as `hmp agent` runs it, in hurried time. Its places come by the same variables. */
import { Agent, AgentHome, agentKeyFile, Policy } from '@openhmp/agent'
import { hurriedClock } from './hurried-clock.ts'

const home = new AgentHome(process.env['HMP_AGENT_DATA'] ?? '', agentKeyFile())
await Agent.start({ home, policy: new Policy(), clock: hurriedClock() })
