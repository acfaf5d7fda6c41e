// SPDX-License-Identifier: Apache-2.0
/**
 * The login, either side: hmp.md §6.1, §6.2 and §7. Checks that wait for cryptography or a database are asynchronous; meanwhile
 * `isBusy` tells the session to hold what comes.
 *
 *     dialler    hello sent --challenge--> proof sent --welcome (proof)--> in
 *                          `--welcome (only when the carrier has shown who it is)--> in
 *     acceptor   waits --hello--> challenge sent --proof--> welcome sent: in
 *                     `--hello (trusted by the carrier)--> welcome sent: in
 */
import { unbase64 } from '../base/bytes.ts'
import { Goodbye } from '../hmp/goodbye.ts'
import { NONCE_BYTES } from '../hmp/limits.ts'
import { violation } from '../hmp/packet.ts'
import { base64url, isRightProof, proofInput } from '../hmp/proof.ts'
import {
  type ChallengeMessage,
  type HelloMessage,
  limitsOf,
  type Role,
  type SessionMessage,
  type WelcomeMessage,
} from '../hmp/session-message.ts'
import { MAX_STREAMS } from './handles.ts'
import type { AcceptorLogin, Admission, DiallerLogin, PeerInfo, SessionOptions } from './options.ts'
import type { Outlet } from './outlet.ts'

/** How a login ends: in, or thrown. */
export interface LoginSink {
  opened(peer: PeerInfo, admission: Admission): void
  /** An asynchronous check threw. */
  failed(error: unknown): void
}

const misplaced = (message: SessionMessage) =>
  violation('message', `${message.t} in the wrong place`, undefined, '§6.1')
const peerOf = (from: HelloMessage | WelcomeMessage): PeerInfo => ({
  role: from.role,
  identity: from.identity,
  software: from.software,
  features: from.features,
})

interface Prover {
  readonly role: Role
  readonly identity: string
}

const proofOf = async (
  login: { hmac?: AcceptorLogin['hmac']; exporter?: Uint8Array },
  key: Uint8Array,
  { role, identity }: Prover,
  nonces: { dialler: string; acceptor: string },
): Promise<Uint8Array> => {
  if (!login.hmac) throw new Goodbye('login', 'this side has no way to check a key')
  const { exporter } = login
  const input = proofInput({
    role,
    identity,
    diallerNonce: unbase64(nonces.dialler)!,
    acceptorNonce: unbase64(nonces.acceptor)!,
    ...(exporter ? { exporter } : {}),
  })
  return await login.hmac(key, input)
}

/** The dialler's half. */
export class DiallerHalf {
  readonly #options: SessionOptions
  readonly #login: DiallerLogin
  readonly #outlet: Outlet
  readonly #sink: LoginSink
  readonly #nonce: string
  #challenge: ChallengeMessage | undefined
  #isProved = false
  isBusy = false

  constructor(options: SessionOptions, login: DiallerLogin, outlet: Outlet, sink: LoginSink) {
    this.#options = options
    this.#login = login
    this.#outlet = outlet
    this.#sink = sink
    this.#nonce = base64url(options.random(NONCE_BYTES))
  }

  get isProving(): boolean {
    return this.#challenge !== undefined
  }

  start(): void {
    const { role, identity, software, features = [], wallNow } = this.#options
    const time = Math.floor(wallNow())
    this.#outlet.session({ t: 'hello', versions: [1], role, identity, software, features, nonce: this.#nonce, time })
  }

  receive(message: SessionMessage): void {
    if (message.t === 'challenge' && !this.#challenge) {
      this.#challenge = message
      this.#run(this.#prove(message))
    } else if (message.t === 'welcome') this.#run(this.#check(message))
    else throw misplaced(message)
  }

  #run(work: Promise<void>): void {
    this.isBusy = true
    work.catch((error: unknown) => this.#sink.failed(error))
  }

  async #prove(challenge: ChallengeMessage): Promise<void> {
    const login = this.#login
    if (login.kind !== 'key') throw new Goodbye('login', 'challenged, but there is no key')
    if (challenge.role === this.#options.role) throw new Goodbye('login', 'both sides have the same role')
    const nonces = { dialler: this.#nonce, acceptor: challenge.nonce }
    const proof = await proofOf(login, login.key, this.#options, nonces)
    this.#isProved = true
    this.isBusy = false
    this.#outlet.session({ t: 'proof', proof: base64url(proof) })
  }

  async #check(welcome: WelcomeMessage): Promise<void> {
    const login = this.#login
    if (login.kind === 'key') {
      const challenge = this.#challenge
      if (!challenge || !this.#isProved || !welcome.proof)
        throw new Goodbye('login', 'welcome without proof, though there is a key')
      if (welcome.role !== challenge.role || welcome.identity !== challenge.identity)
        throw new Goodbye('login', 'welcome and challenge name different sides')
      const nonces = { dialler: this.#nonce, acceptor: challenge.nonce }
      const right = await proofOf(login, login.key, challenge, nonces)
      if (!isRightProof(welcome.proof, right)) throw new Goodbye('login', 'the other side did not prove itself')
      if ((welcome.binding === 'tls-exporter') !== (login.exporter !== undefined))
        throw new Goodbye('login', 'the other side sees another carrier')
    }
    if (login.lastEpoch !== undefined && welcome.epoch <= login.lastEpoch)
      throw new Goodbye('epoch', `epoch ${welcome.epoch} after ${login.lastEpoch}`)
    this.isBusy = false
    this.#sink.opened(peerOf(welcome), { session: welcome.session, epoch: welcome.epoch })
  }
}

interface Asked {
  readonly hello: HelloMessage
  readonly nonce: string
  readonly key: Uint8Array
  readonly isKnown: boolean
}

/** The acceptor's half. */
export class AcceptorHalf {
  readonly #options: SessionOptions
  readonly #login: AcceptorLogin
  readonly #outlet: Outlet
  readonly #sink: LoginSink
  #asked: Asked | undefined
  #hello: HelloMessage | undefined
  isBusy = false

  constructor(options: SessionOptions, login: AcceptorLogin, outlet: Outlet, sink: LoginSink) {
    this.#options = options
    this.#login = login
    this.#outlet = outlet
    this.#sink = sink
  }

  get isProving(): boolean {
    return this.#hello !== undefined
  }

  receive(message: SessionMessage): void {
    if (message.t === 'hello' && !this.#hello) {
      this.#hello = message
      this.#run(this.#greet(message))
    } else if (message.t === 'proof' && this.#asked) this.#run(this.#verify(message.proof, this.#asked))
    else throw misplaced(message)
  }

  #run(work: Promise<void>): void {
    this.isBusy = true
    work.catch((error: unknown) => this.#sink.failed(error))
  }

  async #greet(hello: HelloMessage): Promise<void> {
    if (!hello.versions.includes(1)) throw new Goodbye('version', 'this side speaks HMP/1')
    const credential = await this.#login.lookup(peerOf(hello))
    if (credential === 'trusted') return this.#welcome(hello)
    if (hello.role === this.#options.role) throw new Goodbye('login', 'both sides have the same role')
    // An unknown identity is asked like a known one, against a key that nobody has.
    const key = credential?.key ?? this.#options.random(32)
    const nonce = base64url(this.#options.random(NONCE_BYTES))
    this.#asked = { hello, nonce, key, isKnown: credential !== undefined }
    this.isBusy = false
    this.#outlet.session({ t: 'challenge', role: this.#options.role, identity: this.#options.identity, nonce })
  }

  async #verify(proof: string, asked: Asked): Promise<void> {
    this.#asked = undefined
    const nonces = { dialler: asked.hello.nonce, acceptor: asked.nonce }
    const right = await proofOf(this.#login, asked.key, asked.hello, nonces)
    if (!isRightProof(proof, right) || !asked.isKnown) throw new Goodbye('login', 'identity or key is wrong')
    const ours = await proofOf(this.#login, asked.key, this.#options, nonces)
    await this.#welcome(asked.hello, base64url(ours))
  }

  async #welcome(hello: HelloMessage, proof?: string): Promise<void> {
    const { role, identity, software, features = [], wallNow } = this.#options
    const admission = await this.#login.admit(peerOf(hello))
    this.isBusy = false
    this.#outlet.session({
      t: 'welcome',
      version: 1,
      session: admission.session,
      epoch: admission.epoch,
      role,
      identity,
      software,
      features: features.filter((feature) => hello.features.includes(feature)),
      limits: limitsOf(MAX_STREAMS),
      time: Math.floor(wallNow()),
      binding: proof !== undefined && this.#login.exporter ? 'tls-exporter' : 'none',
      ...(proof === undefined ? {} : { proof }),
    })
    this.#sink.opened(peerOf(hello), admission)
  }
}
