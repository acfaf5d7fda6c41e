// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { Scope } from './scope.ts'

describe('a scope', () => {
  it('ends what it holds, last first, each once', async () => {
    const ended: string[] = []
    const scope = new Scope()
    const first = { [Symbol.dispose]: () => void ended.push('first') }
    expect(scope.use(first)).toBe(first)
    scope.use({
      [Symbol.asyncDispose]: async () => {
        await Promise.resolve()
        ended.push('second')
      },
    })
    scope.defer(() => ended.push('third'))
    await scope[Symbol.asyncDispose]()
    await scope[Symbol.asyncDispose]()
    expect(ended).toEqual(['third', 'second', 'first'])
  })

  it('that was moved holds nothing', async () => {
    const ended: string[] = []
    const scope = new Scope()
    scope.defer(() => ended.push('one'))
    const moved = scope.move()
    await scope[Symbol.asyncDispose]()
    expect(ended).toEqual([])
    await moved[Symbol.asyncDispose]()
    expect(ended).toEqual(['one'])
  })

  it('ends the others when one fails, and tells of all that did', async () => {
    const ended: string[] = []
    const fail = (what: string) => () => {
      throw new Error(what)
    }
    const one = new Scope()
    one.defer(() => ended.push('kept'))
    one.defer(fail('a'))
    await expect(one[Symbol.asyncDispose]()).rejects.toThrow('a')
    expect(ended).toEqual(['kept'])
    const two = new Scope()
    two.defer(fail('a'))
    two.defer(fail('b'))
    await expect(two[Symbol.asyncDispose]()).rejects.toThrow(AggregateError)
  })
})
