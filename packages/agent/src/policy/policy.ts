// SPDX-License-Identifier: Apache-2.0
/**
 * What the CMS may do at this site: a file that the site owns, and the CMS can neither read nor change. The first rule that
 * fits decides; what no rule names is refused. hmp.md §7.3, §11.1.
 */
import { readFileSync } from 'node:fs'
import { Refusal } from '@openhmp/protocol/base'
import { networkList } from './networks.ts'

/** One line of the policy. */
export interface PolicyRule {
  readonly allow: boolean
  /** As GET; `*` is any. */
  readonly methods: readonly string[]
  /** Paths of ISAPI without the query; a star at the end stands for anything below. */
  readonly paths: readonly string[]
  /** Ids of devices; `*` is any. */
  readonly devices: readonly string[]
  /** What a refusal says. */
  readonly text?: string
}

/** All of it. */
export interface PolicyRules {
  /** Devices whose live pictures and sound may be asked for. */
  readonly live: readonly string[]
  /** Whether the CMS is told what is found on the site's networks. */
  readonly discovery: boolean
  readonly rules: readonly PolicyRule[]
  /** Where devices lie, as 192.168.1.0/24: the agent connects to nothing else. Absent: anywhere but to itself. */
  readonly networks?: readonly string[]
}

/** Without a file: look at everything but what holds passwords, move cameras, search in their memory; change nothing. */
export const DEFAULT_POLICY: PolicyRules = {
  live: ['*'],
  discovery: true,
  rules: [
    {
      allow: false,
      ...{ methods: ['*'], paths: ['/ISAPI/System/configurationData*'], devices: ['*'] },
      text: 'a device gives its whole configuration, passwords in it, to nobody outside this site',
    },
    { allow: true, methods: ['GET'], paths: ['/ISAPI/*'], devices: ['*'] },
    { allow: true, methods: ['PUT', 'POST'], paths: ['/ISAPI/PTZCtrl/*'], devices: ['*'] },
    {
      allow: true,
      ...{ methods: ['POST'], paths: ['/ISAPI/ContentMgmt/search', '/ISAPI/ContentMgmt/logSearch'], devices: ['*'] },
    },
  ],
}

const NOT_NAMED = 'the policy of this site does not allow it'
/** Ways to write one path as another: a rule must not be walked around. */
const CROOKED = /[\\\0]|\/\/|\/\.{1,2}(\/|$)|%(2e|2f|5c|00|25)|;/i

/** Decides. */
export class Policy {
  readonly rules: PolicyRules

  constructor(rules: PolicyRules = DEFAULT_POLICY) {
    this.rules = rules
  }

  /** Reads a file. Throws `Refusal` `policy.file` with what is wrong in it. */
  static read(path: string): Policy {
    let told: unknown
    try {
      told = JSON.parse(readFileSync(path, 'utf8'))
    } catch (cause) {
      throw new Refusal('invalid', 'policy.file', `the policy ${path} cannot be read: ${String(cause)}`, { cause })
    }
    return new Policy(policyOf(told, path))
  }

  /** Whether live streams of a device may be asked for. */
  mayWatch(device: string): boolean {
    return fits(this.rules.live, device)
  }

  /** Why an order is refused; undefined when it is allowed. `target` is in origin form. */
  refusalOf(device: string, method: string, target: string): string | undefined {
    const path = target.split('?', 1)[0]!
    let plain: string
    try {
      if (CROOKED.test(path)) return 'a path is to be written plainly'
      plain = decodeURIComponent(path)
    } catch {
      return 'a path is to be written plainly'
    }
    for (const rule of this.rules.rules) {
      if (!fits(rule.methods, method) || !fits(rule.devices, device)) continue
      if (!rule.paths.some((one) => isBelow(plain, one))) continue
      return rule.allow ? undefined : (rule.text ?? NOT_NAMED)
    }
    return NOT_NAMED
  }
}

const fits = (allowed: readonly string[], one: string): boolean => allowed.includes('*') || allowed.includes(one)

/** Devices take paths in any case. */
const isBelow = (path: string, rule: string): boolean => {
  const [a, b] = [path.toLowerCase().replace(/\/$/, ''), rule.toLowerCase()]
  return b.endsWith('*') ? a.startsWith(b.slice(0, -1)) || a === b.slice(0, -1).replace(/\/$/, '') : a === b
}

const MEMBERS = new Set(['live', 'discovery', 'rules', 'networks'])
const RULE_MEMBERS = new Set(['allow', 'methods', 'paths', 'devices', 'text'])

/** A word that is not understood is a fault: a policy that does less than it says is worse than none. */
const policyOf = (told: unknown, path: string): PolicyRules => {
  const fault = (text: string) => new Refusal('invalid', 'policy.file', `the policy ${path}: ${text}`)
  const object = (value: unknown, known: ReadonlySet<string>, where: string): Record<string, unknown> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(`${where} is no object`)
    for (const name of Object.keys(value)) if (!known.has(name)) throw fault(`${where} has "${name}", which is unknown`)
    return value as Record<string, unknown>
  }
  const texts = (value: unknown, where: string): string[] => {
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
    throw fault(`${where} is no list of texts`)
  }
  const { live = [], discovery = false, rules = [], networks } = object(told, MEMBERS, 'the file')
  if (typeof discovery !== 'boolean') throw fault('discovery is neither true nor false')
  if (!Array.isArray(rules)) throw fault('rules is no list')
  const named = networks === undefined ? undefined : texts(networks, 'networks')
  if (named && !networkList(named)) throw fault('networks has one that is not written as 192.168.1.0/24')
  return {
    live: texts(live, 'live'),
    discovery,
    ...(named ? { networks: named } : {}),
    rules: rules.map((value: unknown, i) => {
      const where = `rule ${i + 1}`
      const { allow, methods, paths, devices = ['*'], text } = object(value, RULE_MEMBERS, where)
      if (typeof allow !== 'boolean') throw fault(`${where}: allow is neither true nor false`)
      if (text !== undefined && typeof text !== 'string') throw fault(`${where}: text is no text`)
      return {
        allow,
        methods: texts(methods, `${where}: methods`),
        paths: texts(paths, `${where}: paths`),
        devices: texts(devices, `${where}: devices`),
        ...(text === undefined ? {} : { text }),
      }
    }),
  }
}
