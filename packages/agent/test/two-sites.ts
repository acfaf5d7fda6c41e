// SPDX-License-Identifier: Apache-2.0
/**
 * A small internet in network namespaces, apart from the machine's own: a CMS, and two sites behind routers that do NAT and let nothing
 * in. Both sites use the same addresses, as sites do. The kernel routes and translates; nothing of it is written here.
 */
import { type ChildProcess, type Serializable, spawn, spawnSync } from 'node:child_process'

/** Where each stands. */
export const CMS_ADDRESS = '203.0.113.10'
/** The same one at both sites. */
export const CAMERA_ADDRESS = '192.168.1.64'

export const SITES = ['a', 'b'] as const
export type Site = (typeof SITES)[number]
const HOSTS = ['net', 'cms', ...SITES.flatMap((site) => [`router-${site}`, `camera-${site}`, `box-${site}`] as const)]
export type Host = 'net' | 'cms' | `${'router' | 'camera' | 'box'}-${Site}`

/** What a router is told: all that goes out gets its address; what comes from outside and answers nothing is turned away. */
const ROUTER = `table ip home {
  chain out { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
  chain through { type filter hook forward priority filter; iifname "wan" ct state new,invalid reject; }
  chain itself { type filter hook input priority filter; iifname "wan" ct state new,invalid reject; }
}`

const wanOf = (site: Site, nth: 1 | 2): string => `203.0.113.${nth}${SITES.indexOf(site) + 1}`

const siteScript = (site: Site): string => `
  link wan router-${site} to-${site} net lines
  ip -n $P-router-${site} addr add ${wanOf(site, 1)}0/24 dev wan
  ip -n $P-router-${site} link add name lan type bridge
  ip -n $P-router-${site} link set lan up
  ip -n $P-router-${site} addr add 192.168.1.1/24 dev lan
  for host in camera box; do
    link eth0 $host-${site} to-$host router-${site} lan
    address=${CAMERA_ADDRESS}; test $host = camera || address=192.168.1.50
    ip -n $P-$host-${site} addr add $address/24 dev eth0
    ip -n $P-$host-${site} route add default via 192.168.1.1
  done
  ip netns exec $P-router-${site} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
  echo '${ROUTER}' | ip netns exec $P-router-${site} nft -f -
`

/** In order; the first that fails ends it. Both ends of each cable are made where they belong, so that nothing is seen outside. */
const script = `set -e
link() {
  ip link add $1 netns $P-$2 type veth peer name $3 netns $P-$4
  ip -n $P-$4 link set $3 master $5 up
  ip -n $P-$2 link set $1 up
}
for host in ${HOSTS.join(' ')}; do
  ip netns add $P-$host
  ip -n $P-$host link set lo up
done
ip -n $P-net link add name lines type bridge
ip -n $P-net link set lines up
link eth0 cms to-cms net lines
ip -n $P-cms addr add ${CMS_ADDRESS}/24 dev eth0
${SITES.map(siteScript).join('')}
# A provider that would carry even this: it is the routers that keep the sites apart.
ip -n $P-cms route add 192.168.1.0/24 via ${wanOf('a', 1)}0
`

/** Why there can be no such world here; undefined when there can. */
export const objection = (): string | undefined => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux makes network namespaces'
  const name = `hmp${process.pid}-probe`
  const tried = `set -e; ip netns add ${name}; ip -n ${name} link add wan type veth peer name lan
    echo '${ROUTER}' | ip netns exec ${name} nft -f -`
  const { status, stderr } = spawnSync('/bin/sh', ['-c', tried], { encoding: 'utf8' })
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
  return status === 0 ? undefined : `no network namespaces with NAT: ${stderr.trim()}`
}

/** Owns the namespaces and the processes in them until disposed. */
export class TwoSites implements AsyncDisposable {
  readonly #prefix: string
  readonly #children = new Set<ChildProcess>()

  private constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** Throws what the kernel or a program said against it, with nothing left behind. */
  static open(): TwoSites {
    const sites = new TwoSites(`hmp${process.pid}`)
    const { status, stderr } = spawnSync('/bin/sh', ['-c', script], {
      encoding: 'utf8',
      env: { ...process.env, P: sites.#prefix },
    })
    if (status === 0) return sites
    sites.#remove()
    throw new Error(`no network namespaces with NAT here: ${stderr.trim()}`)
  }

  #name(host: Host): string {
    return `${this.#prefix}-${host}`
  }

  /** Runs it there to its end. Throws when it fails. */
  run(host: Host, ...command: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', this.#name(host), ...command], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${host}: ${command.join(' ')}: ${stderr}`)
    return stdout
  }

  /** The cable between a site's router and the rest of the world. */
  setUplink(site: Site, isUp: boolean): void {
    this.run(`router-${site}`, 'ip', 'link', 'set', 'wan', isUp ? 'up' : 'down')
  }

  /** As a router that was started again: another address from its provider, and no memory of what went through it. */
  restartRouter(site: Site): void {
    const router = `router-${site}` as const
    this.run(router, 'ip', 'addr', 'flush', 'dev', 'wan')
    this.run(router, 'ip', 'addr', 'add', `${wanOf(site, 2)}0/24`, 'dev', 'wan')
    this.run(router, 'conntrack', '-F')
  }

  /** Starts a program with Node there; it lives no longer than this. */
  start(host: Host, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('HMP_'))
    const child = spawn('ip', ['netns', 'exec', this.#name(host), process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...Object.fromEntries(inherited), HMP_CONFIG: '', ...env },
    })
    this.#children.add(child)
    child.once('close', () => this.#children.delete(child))
    return child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#children].map((child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(ends)
    this.#remove()
  }

  /** With a namespace go its interfaces, rules and cables. */
  #remove(): void {
    for (const host of HOSTS) spawnSync('ip', ['netns', 'del', this.#name(host as Host)], { stdio: 'ignore' })
  }
}

/** What a program may take to say that it is ready. */
const READY_MS = 30_000

/** What a program prints, awaited. */
export const printed = (child: ChildProcess, pattern: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    const take = (chunk: string) => {
      text += chunk
      if (!pattern.test(text)) return
      clearTimeout(timer)
      resolve(text)
    }
    for (const stream of [child.stdout, child.stderr]) stream!.setEncoding('utf8').on('data', take)
    const fail = (why: string) => reject(new Error(`${why} before ${pattern}: ${text}`))
    const timer = setTimeout(() => fail(`${READY_MS} ms passed`), READY_MS)
    child.once('close', (code) => {
      clearTimeout(timer)
      fail(`it ended with ${code}`)
    })
  })

/** Asks a program of ours over the channel that it has to us. Rejects with what it threw. */
export const asker = (child: ChildProcess): (<T>(question: Serializable) => Promise<T>) => {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  child.on('message', (message) => {
    const { id, value, error } = message as { id: number; value?: unknown; error?: string }
    if (error === undefined) waiting.get(id)?.resolve(value)
    else waiting.get(id)?.reject(new Error(error))
    waiting.delete(id)
  })
  child.once('close', () => {
    for (const one of waiting.values()) one.reject(new Error('the process has ended'))
  })
  return <T>(question: Serializable) => {
    const answer = Promise.withResolvers<unknown>()
    waiting.set(++last, answer)
    child.send({ id: last, question })
    return answer.promise as Promise<T>
  }
}

/** The other end of `asker`. */
export const answerAll = (answer: (question: never) => unknown): void => {
  process.on('message', async ({ id, question }: { id: number; question: never }) => {
    try {
      process.send?.({ id, value: await answer(question) })
    } catch (error) {
      process.send?.({ id, error: String(error) })
    }
  })
  process.once('disconnect', () => process.exit())
}
