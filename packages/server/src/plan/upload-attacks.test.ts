// SPDX-License-Identifier: Apache-2.0
/** What people send as files: names that lead elsewhere, and pictures that are none. Nothing of it becomes a path, or is kept. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@openhmp/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Library } from '../firmware/library.ts'
import { Store } from '../store/store.ts'
import { MAX_PLAN_BYTES, Plans } from './plans.ts'

const stack = new AsyncDisposableStack()
const root = mkdtempSync(join(tmpdir(), 'hmp-upload-'))
const dataDir = join(root, 'data')
let plans: Plans
let library: Library

beforeAll(async () => {
  stack.defer(() => rmSync(root, { recursive: true }))
  const store = stack.use(await Store.open({ dataDir, now: () => 1, onCrash: () => {} }))
  plans = await Plans.open({ store, dataDir })
  library = await Library.open({ store, clock: systemClock, dataDir })
})
afterAll(() => stack.disposeAsync())

async function* bytes(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}
const files = () => readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !/\.db/.test(name))
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const png = (width: string, height: string) => hex(`89504e470d0a1a0a 0000000d 49484452 ${width} ${height} 0802000000`)
const good = png('00000320', '00000258')

describe('a name', () => {
  it.each([
    ['that climbs', '../../../etc/cron.d/x'],
    ['that climbs as Windows does', '..\\..\\x'],
    ['of a root', '/etc/passwd'],
    ['of a device', 'CON'],
    ['with a zero', 'x\0.bin'],
    ['that ends a part', 'x.part'],
    ['that is hidden', '.htaccess'],
    ['that is a folder', '.'],
    ['that is the folder above', '..'],
    ['that runs to the left', 'x\u202enib.exe'],
    ['with an order for a shell', '$(reboot);`reboot`'],
    ['with a line break', 'x\r\nSet-Cookie: a=b'],
    ['that is long', 'x'.repeat(120)],
  ])('%s names no file', async (_, name) => {
    const before = files()
    const said = { name, version: name.slice(0, 60), models: [name], notes: name }
    const { id, sha256 } = await library.add(said, bytes(Buffer.from(name)), name)
    const plan = await plans.add({ name, site: name }, bytes(good))
    const made = files().filter((one) => !before.includes(one))
    expect(made.toSorted()).toEqual([join('data', 'firmware', sha256), join('data', 'plans', plan.id)])
    await library.remove(id)
    await plans.remove(plan.id)
    expect(files()).toEqual(before)
  })
})

describe('a picture', () => {
  it.each<[string, Uint8Array[]]>([
    ['that is nothing', []],
    ['that is a page', [Buffer.from('<!doctype html><script>alert(1)</script>')]],
    ['that is a drawing with a script', [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')]],
    [
      'that is a drawing with entities',
      [Buffer.from('<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa">]><svg/>')],
    ],
    ['that is a document', [Buffer.from('%PDF-1.7\n')]],
    ['that is an archive', [hex('504b0304 14000000 0800')]],
    ['that is a GIF', [Buffer.from('GIF89a\x01\x00\x01\x00')]],
    ['that is a program', [hex('7f454c46 02010100')]],
    ['that is a bomb of pixels', [png('0000ffff', '0000ffff')]],
    ['that is a bomb beyond all numbers', [png('ffffffff', 'ffffffff')]],
    ['without width', [png('00000000', '00000258')]],
    ['of which only the sign is there', [hex('89504e470d0a1a0a')]],
    ['that is a JPEG without a frame', [hex('ffd8 ffe0 0004 0000 ffd9')]],
    ['that is a JPEG of a huge frame', [hex('ffd8 ffc0 0011 08 ffff ffff 03')]],
    ['of which a page comes first', [Buffer.concat([Buffer.from('<html>'), good])]],
  ])('%s is refused, and nothing of it is kept', async (_, parts) => {
    const before = files()
    await expect(plans.add({ name: 'x' }, bytes(...parts))).rejects.toMatchObject({ code: 'plan.picture' })
    expect(files()).toEqual(before)
  })

  it('without end is cut', async () => {
    let sent = 0
    const endless = async function* () {
      for (;;) {
        sent += 1024 * 1024
        yield new Uint8Array(1024 * 1024)
      }
    }
    await expect(plans.add({ name: 'x' }, endless())).rejects.toMatchObject({ code: 'plan.large' })
    expect(sent).toBeLessThanOrEqual(MAX_PLAN_BYTES + 2 * 1024 * 1024)
  })
})
