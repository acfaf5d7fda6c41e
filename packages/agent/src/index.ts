// SPDX-License-Identifier: Apache-2.0

export { Agent, type AgentStatus } from './agent.ts'
export { AgentHome, agentKeyFile } from './home/home.ts'
export { DEFAULT_POLICY, Policy } from './policy/policy.ts'
