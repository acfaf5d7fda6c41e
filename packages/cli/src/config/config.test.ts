// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readConfig, readSettings, shownValue } from './config.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-config-'))
  vi.stubEnv('HMP_CONFIG', join(folder, 'hmp.yaml'))
  for (const name of ['HMP_DATA', 'HMP_PORT', 'HMP_DEMO', 'HMP_ADMIN_PASSWORD']) vi.stubEnv(name, '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})
const write = (text: string) => writeFileSync(join(folder, 'hmp.yaml'), text)

describe('configuration', () => {
  it('lets options win over environment over file over default', () => {
    write('port: 1\ndemo: 1\ndata: /from/file\n')
    vi.stubEnv('HMP_PORT', '2')
    vi.stubEnv('HMP_DEMO', '2')
    const settings = readSettings({ port: 3 })
    const of = (name: string) => settings.find((setting) => setting.name === name)
    expect(of('port')).toMatchObject({ value: 3, from: 'option' })
    expect(of('demo')).toMatchObject({ value: 2, from: 'HMP_DEMO' })
    expect(of('data')).toMatchObject({ value: '/from/file', from: join(folder, 'hmp.yaml') })
    expect(of('host')).toMatchObject({ value: undefined, from: 'default' })
    expect(readConfig()).toMatchObject({ port: 2, rtspPort: undefined })
  })

  it('masks secrets', () => {
    write('')
    vi.stubEnv('HMP_ADMIN_PASSWORD', 'hidden')
    expect(readSettings().map(shownValue)).toContain('***')
    expect(readSettings().map(shownValue)).not.toContain('hidden')
  })

  it.each([
    ['a name that nobody knows', 'prot: 1'],
    ['a port that is none', 'port: 70000'],
    ['a list', '- 1'],
    ['what is no YAML', 'port: [1'],
    ['an alias', 'data: &a x\nhost: *a'],
  ])('refuses %s', (_, text) => {
    write(text)
    expect(() => readSettings()).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('says when the file it was told of is missing', () => {
    expect(() => readSettings()).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})
