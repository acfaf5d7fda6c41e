// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

const flatten = (texts: object, path = ''): [string, string][] =>
  Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : flatten(value as object, `${path}${key}.`),
  )
const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!).sort()

describe('message catalogues', () => {
  const english = new Map(flatten(en))
  const chinese = new Map(flatten(zhCN))

  it('have the same keys in the same order', () => {
    expect([...chinese.keys()]).toEqual([...english.keys()])
  })
  it('leave nothing empty', () => {
    for (const [key, text] of [...english, ...chinese]) expect(text.trim(), key).not.toBe('')
  })
  it('have the same holes to fill', () => {
    for (const [key, text] of english) {
      expect(holes(chinese.get(key)!), key).toEqual(holes(text))
    }
  })
  it('say everything in Chinese but names', () => {
    const same = [...english].filter(([key, text]) => chinese.get(key) === text).map(([key]) => key)
    expect(same.sort()).toEqual(
      ['add.urlPlaceholder', 'add.transportUdp', 'common.product', 'device.kbps', 'devices.kind_rtsp'].sort(),
    )
  })
})
