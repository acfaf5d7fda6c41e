// SPDX-License-Identifier: Apache-2.0
/** What an agent keeps: whom it dials, the site's devices, their accounts sealed. One JSON file, replaced whole. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { enrolLink, type LinkCertificate, makeLinkKey } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'
import { base64url, parseDialToken } from '@openhmp/protocol/hmp'
import { loadKey } from './key-file.ts'
import { seal, unseal } from './seal.ts'

/** Devices of one agent: their list has to fit into one message (hmp.md §11.1). */
export const MAX_DEVICES = 128

/** Whom the agent dials, as whom, and with what: a key, or a certificate. */
export interface LinkSetting {
  /** `hmps://host:port` or `wss://host:port`. */
  readonly url: string
  readonly identity: string
  /** SHA-256 of the authority that is trusted, hex. */
  readonly caFingerprint: string
  readonly key?: Uint8Array
  readonly certificate?: LinkCertificate
  /** The next certificate, until it has brought us in (hmp.md §12.4). */
  readonly renewed?: LinkCertificate
}

/** A device of the site. */
export interface DeviceSetting {
  readonly id: string
  /** host, host:port or http(s)://host:port. */
  readonly address: string
  readonly userName: string
  readonly password: string
  readonly rtspPort?: number | undefined
  /** SHA-256 of the certificate that was seen first, for https. */
  readonly certificate?: string | undefined
}

/** As `LinkSetting`; every `key` is sealed. */
interface KeptLink extends Omit<LinkSetting, 'key'> {
  readonly key?: string
}

interface Kept {
  readonly link?: KeptLink
  /** A private key, sealed, for which a certificate is being asked: the answer may be lost on its way. */
  readonly asking?: string
  readonly devices: readonly DeviceSetting[]
}

/** Where the key lies unless another place is named. */
export const agentKeyFile = (env: NodeJS.ProcessEnv = process.env): string =>
  env['HMP_AGENT_KEY_FILE'] || join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'openhmp', 'agent.key')

const ID = /^[A-Za-z0-9._-]{1,64}$/

/** The data folder of one agent. */
export class AgentHome {
  readonly dataDir: string
  readonly #path: string
  readonly #key: Uint8Array
  #kept: Kept

  /** Makes the folder and the key when they are not there. Throws `Refusal` `agent.config`, `key.*`. */
  constructor(dataDir: string, keyFile: string) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    this.dataDir = dataDir
    this.#path = join(dataDir, 'agent.json')
    this.#kept = read(this.#path)
    const isFresh = Object.keys(this.#kept).length === 1 && this.#kept.devices.length === 0
    this.#key = loadKey(keyFile, dataDir, isFresh)
  }

  get spoolFolder(): string {
    return join(this.dataDir, 'spool')
  }

  get statusFile(): string {
    return join(this.dataDir, 'status.json')
  }

  /** Undefined before `join`. Throws `Refusal` `secret.sealed`. */
  get link(): LinkSetting | undefined {
    const { link } = this.#kept
    if (!link) return undefined
    const { key, certificate, renewed, ...rest } = link
    const opened = (one: LinkCertificate) => ({ ...one, key: unseal(this.#key, one.key, 'link') })
    return {
      ...rest,
      ...(key === undefined ? {} : { key: Buffer.from(unseal(this.#key, key, 'link'), 'base64url') }),
      ...(certificate ? { certificate: opened(certificate) } : {}),
      ...(renewed ? { renewed: opened(renewed) } : {}),
    }
  }

  /** Throws `Refusal` `secret.sealed`. */
  get devices(): DeviceSetting[] {
    return this.#kept.devices.map((one) => ({ ...one, password: unseal(this.#key, one.password, placeOf(one)) }))
  }

  /**
   * Keeps what a token says: of a join token (`hmp1j:`) the certificate that is fetched with it now, of another its key. `url` says
   * where the CMS is, for a token that does not. Rejects with `Refusal` `agent.token`, `agent.url`, or as `enrolLink` does.
   */
  async join(token: string, url: string | undefined, signal: AbortSignal): Promise<LinkSetting> {
    if (token.trim().startsWith('hmp1j:')) {
      const {
        url: address,
        caFingerprint,
        ...certificate
      } = await enrolLink(token.trim(), {
        ...{ role: 'agent', key: this.nextKey(), signal },
      })
      this.#keepLink({ url: address, caFingerprint, identity: certificate.identity, certificate })
    } else {
      const parsed = parseDialToken(token)
      if (!parsed)
        throw new Refusal('invalid', 'agent.token', 'a token looks like hmp1j:<id>:<code>:... or hmp1:<identity>:...')
      if (url === undefined) throw new Refusal('invalid', 'agent.url', 'this token does not say where the CMS is')
      this.#keepLink({ url: dialUrl(url), ...parsed })
    }
    return this.link!
  }

  /** A private key to ask a certificate for, on the disk before it is given out; the same until there is a certificate for it. */
  nextKey(): string {
    const { asking } = this.#kept
    if (asking !== undefined) return unseal(this.#key, asking, 'asking')
    const key = makeLinkKey()
    this.#keep({ ...this.#kept, asking: seal(this.#key, key, 'asking') })
    return key
  }

  /** The next certificate; the present one stays until `broughtIn`. */
  renewed(certificate: LinkCertificate): void {
    const { link } = this
    if (link?.certificate) this.#keepLink({ ...link, renewed: certificate })
  }

  /** The next certificate has brought us in: it is the present one from now on. */
  broughtIn(): void {
    const { renewed, ...link } = this.link ?? {}
    if (renewed) this.#keepLink({ ...(link as LinkSetting), certificate: renewed })
  }

  #keepLink({ key, certificate, renewed, ...link }: LinkSetting): void {
    const { asking: _, ...kept } = this.#kept
    const sealed = (one: LinkCertificate) => ({ ...one, key: seal(this.#key, one.key, 'link') })
    this.#keep({
      ...kept,
      link: {
        ...link,
        ...(key ? { key: seal(this.#key, base64url(key), 'link') } : {}),
        ...(certificate ? { certificate: sealed(certificate) } : {}),
        ...(renewed ? { renewed: sealed(renewed) } : {}),
      },
    })
  }

  /** Adds a device, or replaces the one of this id. Throws `Refusal` `agent.device`, `agent.full`. */
  addDevice(device: DeviceSetting): void {
    if (!ID.test(device.id))
      throw new Refusal('invalid', 'agent.device', 'an id has 1 to 64 letters, digits, points, hyphens or underscores')
    const others = this.#kept.devices.filter(({ id }) => id !== device.id)
    if (others.length >= MAX_DEVICES)
      throw new Refusal('exhausted', 'agent.full', `an agent holds ${MAX_DEVICES} devices, and no more`)
    const sealed = { ...device, password: seal(this.#key, device.password, placeOf(device)) }
    this.#keep({ ...this.#kept, devices: [...others, sealed] })
  }

  /** The certificate that a device has shown first. */
  pin(id: string, certificate: string): void {
    const devices = this.#kept.devices.map((one) => (one.id === id ? { ...one, certificate } : one))
    this.#keep({ ...this.#kept, devices })
  }

  /** Throws `Refusal` `agent.device`. */
  removeDevice(id: string): void {
    const devices = this.#kept.devices.filter((one) => one.id !== id)
    if (devices.length === this.#kept.devices.length)
      throw new Refusal('not-found', 'agent.device', `there is no device ${id}`)
    this.#keep({ ...this.#kept, devices })
  }

  #keep(kept: Kept): void {
    const path = `${this.#path}.new`
    const file = openSync(path, 'w', 0o600)
    try {
      writeSync(file, `${JSON.stringify(kept, undefined, 2)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(path, this.#path)
    this.#kept = kept
  }
}

/** A password opens only for the address and user that it was given for: a changed file sends it nowhere else. */
const placeOf = ({ id, address, userName }: Pick<DeviceSetting, 'id' | 'address' | 'userName'>): string =>
  `device|${id}|${address}|${userName}`

const dialUrl = (text: string): string => {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `hmps://${text}`)
  const scheme = { 'https:': 'hmps', 'hmps:': 'hmps', 'wss:': 'wss' }[url?.protocol ?? '']
  if (!url?.host || !scheme || url.username !== '' || url.password !== '')
    throw new Refusal('invalid', 'agent.url', `"${text}" is no address such as https://cms.example:8443`)
  return `${scheme}://${url.host}${scheme === 'wss' && url.pathname !== '/' ? url.pathname : ''}`
}

const read = (path: string): Kept => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { devices: [] }
    throw new Refusal('unavailable', 'agent.config', `${path} cannot be read`, { cause })
  }
  try {
    const { link, asking, devices } = JSON.parse(text) as Kept
    if (!Array.isArray(devices) || !devices.every(isDevice) || (link !== undefined && !isLink(link)))
      throw new Error('not what an agent writes')
    return { ...(link ? { link } : {}), ...(typeof asking === 'string' ? { asking } : {}), devices }
  } catch (cause) {
    throw new Refusal('invalid', 'agent.config', `${path} is broken: ${String(cause)}`, { cause })
  }
}

const areTexts = (...values: unknown[]): boolean => values.every((value) => typeof value === 'string')
const isDevice = (one: DeviceSetting): boolean =>
  areTexts(one?.id, one?.address, one?.userName, one?.password) && ID.test(one.id)
const isLink = ({ url, identity, caFingerprint, key, certificate }: KeptLink): boolean =>
  areTexts(url, identity, caFingerprint) &&
  areTexts(key ?? certificate?.key) &&
  (certificate === undefined || isHeld(certificate))
const isHeld = ({ certificate, notAfter, renewAfter }: LinkCertificate): boolean =>
  areTexts(certificate) && Number.isFinite(notAfter) && Number.isFinite(renewAfter)
