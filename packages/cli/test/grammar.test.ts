// SPDX-License-Identifier: Apache-2.0
/** The command's face: exit codes, one line of error, JSON where it was asked for. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runHmp } from './hmp.ts'

const capture = fileURLToPath(new URL('../vectors/gstreamer/rtsp-tcp.pcap', import.meta.url))

describe('the hmp command', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['fly']],
    ['an unknown option', ['dissect', '--fast', capture]],
    ['a missing argument', ['device', 'info']],
    ['a number that is none', ['device', 'record', '192.0.2.1', '--out', 'x', '--seconds', 'many']],
    ['a word that is none', ['emulate', '--codec', 'av1']],
    ['ranges of ports that overlap', ['emulate', '--cameras', '4', '--http-port', '9000', '--rtsp-port', '9002']],
    ['a password in the address', ['device', 'info', 'http://admin:secret@192.0.2.1']],
    ['no password and nobody to ask', ['device', 'info', '192.0.2.1']],
  ])('exits 2 with one line for %s', async (_, args) => {
    const { exitCode, stdout, stderr } = await runHmp(args)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^hmp: [^\n]+ \[usage\]\n$/)
    expect(stderr).not.toContain('secret')
    expect(exitCode).toBe(2)
  })

  it('exits 1 with one line when nothing listens', async () => {
    const args = ['device', 'record', 'rtsp://127.0.0.1:1/x', '--out', '/tmp/never.mp4']
    const { exitCode, stderr } = await runHmp(args)
    expect(stderr).toMatch(/^hmp: 127\.0\.0\.1:1: [^\n]+ \[link\.refused\]\n$/)
    expect(exitCode).toBe(1)
  })

  it('prints a capture as a talk, and as JSON lines', async () => {
    const people = await runHmp(['dissect', capture])
    expect(people).toMatchObject({ exitCode: 0, stderr: '' })
    expect(people.stdout).toMatch(/RTSP {2}DESCRIBE rtsp:\/\/127\.0\.0\.1:15999\/cam/)
    expect(people.stdout).toMatch(/40 frames, 0 passed over: no fault\n$/)
    expect(people.stdout).not.toContain('\u001b')
    const { stdout } = await runHmp(['dissect', capture, '--json'])
    const values = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(values.at(-1)).toMatchObject({ kind: 'summary', frames: 40, faults: 0 })
    expect(values[0]).toMatchObject({ protocol: 'RTSP', frame: 4 })
  })

  it('shows the configuration in force with secrets masked', async () => {
    const { stdout, exitCode } = await runHmp(['config', '--json'], { HMP_PORT: '9443', HMP_ADMIN_PASSWORD: 'hidden' })
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      port: { value: 9443, from: 'HMP_PORT' },
      data: { value: './data', from: 'default' },
      adminPassword: { value: '***' },
    })
  })
})
