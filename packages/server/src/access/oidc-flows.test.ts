// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { pathOf } from './oidc.ts'
import { FLOW_MS, MAX_FLOWS, MAX_NETWORK_FLOWS, OidcFlows } from './oidc-flows.ts'

let nowMs = 0
const flowsOf = (count: number, sourceOf: (n: number) => string): OidcFlows<undefined> => {
  nowMs = 0
  const flows = new OidcFlows<undefined>(() => nowMs)
  for (let n = 0; n < count; n++)
    flows.add({
      state: `s${n}`,
      mark: `m${n}`,
      source: sourceOf(n),
      nonce: '',
      verifier: '',
      to: '/',
      again: false,
      provider: undefined,
    })
  return flows
}

describe('sign-ins under way', () => {
  it('are good once, in the browser that began them, for ten minutes', () => {
    const flows = flowsOf(5, () => '192.0.2.1')
    expect(flows.take('s0', 'm0')?.state).toBe('s0')
    expect(flows.take('s0', 'm0')).toBeUndefined()
    expect(flows.take('s1', 'm0')).toBeUndefined()
    expect(flows.take('s1', 'm1')).toBeUndefined()
    expect(flows.take('s2', undefined)).toBeUndefined()
    nowMs = FLOW_MS - 1
    expect(flows.take('s3', 'm3')?.state).toBe('s3')
    nowMs = FLOW_MS
    expect(flows.take('s4', 'm4')).toBeUndefined()
    expect(flows.count).toBe(0)
  })

  it('of one network are bounded, and cost another nothing', () => {
    const flows = flowsOf(MAX_NETWORK_FLOWS + 51, (n) => (n === 0 ? '198.51.100.1' : `192.0.2.${n}`))
    expect(flows.count).toBe(MAX_NETWORK_FLOWS + 1)
    expect(flows.take('s0', 'm0')?.state).toBe('s0')
    expect(flows.take('s1', 'm1')).toBeUndefined()
  })

  it('are bounded in all', () => {
    const flows = flowsOf(MAX_FLOWS + 10, (n) => `10.${n >> 8}.${n & 255}.1`)
    expect(flows.count).toBe(MAX_FLOWS)
    nowMs = FLOW_MS
    flows.add({
      state: 's',
      mark: 'm',
      source: '::1',
      nonce: '',
      verifier: '',
      to: '/',
      again: false,
      provider: undefined,
    })
    expect(flows.count).toBe(1)
  })
})

describe('where to go afterwards', () => {
  it.each([
    ['/devices?site=North#top', '/devices?site=North#top'],
    ['/a/../b', '/b'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['/..//evil.example', '/'],
    ['/.//evil.example', '/'],
    ['/api/v1/session', '/'],
    ['', '/'],
    [undefined, '/'],
  ])('%s is %s', (to, path) => expect(pathOf(to)).toBe(path))
})
