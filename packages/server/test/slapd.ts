// SPDX-License-Identifier: Apache-2.0
/** A real directory for tests: OpenLDAP's `slapd` with people and groups, over TLS with a certificate of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../tools/product/start.ts'
import { until } from './harness.ts'

export const BASE = 'dc=example,dc=org'
export const READER = { dn: `cn=reader,${BASE}`, password: 'the reader’s own password' }
const START_MS = 20_000

const entry = (dn: string, lines: readonly string[]): string => [`dn: ${dn},${BASE}`, ...lines, ''].join('\n')
const person = (rdn: string, uid: string, name: string, more: readonly string[] = []): string =>
  entry(`${rdn},ou=people`, ['objectClass: inetOrgPerson', `uid: ${uid}`, `cn: ${name}`, `sn: ${name}`, ...more])
const group = (dn: string, member: string): string =>
  entry(dn, ['objectClass: groupOfNames', `member: uid=${member},ou=people,${BASE}`])
const unit = (name: string): string => entry(`ou=${name}`, ['objectClass: organizationalUnit'])

const people = [
  `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\n`,
  ...['people', 'groups', 'others'].map(unit),
  entry('cn=reader', ['objectClass: person', 'sn: reader', `userPassword: ${READER.password}`]),
  person('uid=anna', 'anna', 'Anna Ash', ['userPassword: annas long password', 'departmentNumber: north']),
  person('uid=bob', 'bob', 'Bob Birch', ['userPassword: bobs long password']),
  person('uid=eve', 'eve', 'Eve Elm', ['userPassword: eves long password']),
  person('uid=admin', 'admin', 'Not the administrator', ['userPassword: of the directory']),
  person('uid=none', 'none', 'No Password'),
  person('cn=twin one', 'twin', 'Twin', ['userPassword: twins long password']),
  person('cn=twin two', 'twin', 'Twin', ['userPassword: twins long password']),
  entry('uid=away,ou=people', [
    ...['objectClass: referral', 'objectClass: extensibleObject', 'uid: away'],
    `ref: ldap://127.0.0.1:1/uid=away,ou=people,${BASE}`,
  ]),
  group('cn=guards,ou=groups', 'bob'),
  group('cn=guards,ou=others', 'eve'),
]

/** Owns its process and folder until disposed. */
export class Slapd implements AsyncDisposable {
  /** `ldaps://127.0.0.1:…` */
  readonly url: string
  /** `ldap://127.0.0.1:…`, for StartTLS. */
  readonly plainUrl: string
  readonly ca: string
  readonly key: string
  readonly #folder: string
  #process: ChildProcess | undefined

  private constructor(folder: string, ports: readonly [number, number]) {
    this.#folder = folder
    this.url = `ldaps://127.0.0.1:${ports[0]}`
    this.plainUrl = `ldap://127.0.0.1:${ports[1]}`
    this.ca = readFileSync(join(folder, 'cert.pem'), 'utf8')
    this.key = readFileSync(join(folder, 'key.pem'), 'utf8')
  }

  static async open(): Promise<Slapd> {
    const folder = mkdtempSync(join(tmpdir(), 'hmp-slapd-'))
    mkdirSync(join(folder, 'data'))
    const [cert, key, conf] = ['cert.pem', 'key.pem', 'slapd.conf'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', '-x509', ...newKey, ...subject], { stdio: 'ignore' })
    const lines = [
      ...['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`),
      ...['modulepath /usr/lib/ldap', 'moduleload back_mdb', `pidfile ${join(folder, 'pid')}`],
      ...[`TLSCertificateFile ${cert}`, `TLSCertificateKeyFile ${key}`, 'database mdb', `suffix "${BASE}"`],
      ...[`directory ${join(folder, 'data')}`, `rootdn "cn=root,${BASE}"`],
      'access to attrs=userPassword by anonymous auth by * none',
      `access to * by dn.exact="${READER.dn}" read by * none`,
    ]
    writeFileSync(conf, `${lines.join('\n')}\n`)
    writeFileSync(join(folder, 'people.ldif'), people.join('\n'))
    execFileSync('/usr/sbin/slapadd', ['-f', conf, '-l', join(folder, 'people.ldif')], { stdio: 'ignore' })
    const slapd = new Slapd(folder, [await freePort(), await freePort()])
    await slapd.start()
    return slapd
  }

  async start(): Promise<void> {
    const where = ['-h', `${this.plainUrl}/ ${this.url}/`, '-f', join(this.#folder, 'slapd.conf'), '-d', '0']
    this.#process = spawn('/usr/sbin/slapd', where, { stdio: 'ignore' })
    for (const url of [this.url, this.plainUrl])
      await until(() => answers(Number(new URL(url).port)), START_MS, 'slapd')
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
