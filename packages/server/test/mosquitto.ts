// SPDX-License-Identifier: Apache-2.0
/** A real broker for tests: Eclipse Mosquitto, with an account, and its own client that listens to everything. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../tools/product/start.ts'
import { until } from './harness.ts'

/** The account that it knows. */
export const brokerAccount = { userName: 'cms', password: 'right' }
const START_MS = 15_000

/** One message as `mosquitto_sub` printed it. */
export interface Heard {
  readonly isRetained: boolean
  readonly qos: number
  readonly topic: string
  readonly text: string
}

/** Owns its process and folder until disposed. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #broker: ChildProcess
  readonly #listeners: ChildProcess[] = []

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
    this.#broker = spawn('/usr/sbin/mosquitto', ['-c', join(folder, 'conf')], { stdio: 'ignore' })
  }

  static async open(): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), 'hmp-mosquitto-'))
    chmodSync(folder, 0o755) // as root it becomes somebody else
    const port = await freePort()
    const { userName, password } = brokerAccount
    execFileSync('mosquitto_passwd', ['-b', '-c', join(folder, 'accounts'), userName, password])
    chmodSync(join(folder, 'accounts'), 0o644)
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous false', `password_file ${join(folder, 'accounts')}`]
    writeFileSync(join(folder, 'conf'), `${lines.join('\n')}\n`)
    const broker = new Mosquitto(port, folder)
    await until(() => broker.#answers(), START_MS, 'the broker')
    return broker
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
  }

  /** Everything from now on, what is retained first. */
  listen(): Heard[] {
    const { userName, password } = brokerAccount
    const who = ['-h', '127.0.0.1', '-p', String(this.port), '-u', userName, '-P', password]
    const child = spawn('mosquitto_sub', [...who, '-t', '#', '-q', '1', '-F', '%r %q %t %p'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#listeners.push(child)
    const heard: Heard[] = []
    let rest = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const [, retained, qos, topic, text] = /^(\d) (\d) (\S+) (.*)$/.exec(line)!
        heard.push({ isRetained: retained === '1', qos: Number(qos), topic: topic!, text: text! })
      }
    })
    return heard
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#listeners, this.#broker]) {
      if (child.exitCode !== null) continue
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
