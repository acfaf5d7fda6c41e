// SPDX-License-Identifier: Apache-2.0
/**
 * An RTSP camera that does as the test says: shows pictures that ffmpeg drew, changes them in mid-stream, describes itself
 * wrongly, falls silent or hangs up. It speaks over one TCP port that it keeps over its outages.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createPacketizer, type Packetizer, selectParameterSets, splitAnnexB } from '@openhmp/protocol/payload'
import { encodeInterleaved, type RtspServerAction, RtspServerMachine } from '@openhmp/protocol/rtsp'
import { formatStreamSdp } from '@openhmp/protocol/sdp'

const FRAME_TICKS = 3600
const FRAME_MS = 40

/** Pictures to show over and over; each is the NAL units of one, parameter sets with every key picture. */
export interface Reel {
  readonly codec: 'h264' | 'h265'
  readonly pictures: readonly (readonly Uint8Array[])[]
  readonly parameterSets: readonly Uint8Array[]
}

const encoders = {
  h264: [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-bf',
    '0',
    '-g',
    '12',
    '-x264-params',
    'repeat-headers=1',
    '-bsf:v',
    'h264_metadata=aud=insert',
    '-f',
    'h264',
  ],
  h265: [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-x265-params',
    'bframes=0:keyint=12:aud=1:repeat-headers=1:log-level=error',
    '-f',
    'hevc',
  ],
} as const

/** One second of a test picture, drawn by ffmpeg; `rate`: such as `3M`, held closely. */
export const drawReel = (codec: 'h264' | 'h265', size: string, rate?: string): Reel => {
  const input = ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=1`, '-pix_fmt', 'yuv420p']
  const steady = rate === undefined ? [] : ['-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', '200k']
  const { stdout, stderr, status } = spawnSync('ffmpeg', [...input, ...encoders[codec], ...steady, 'pipe:1'], {
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`ffmpeg: ${stderr}`)
  const isDelimiter = (nal: Uint8Array) => (codec === 'h264' ? (nal[0]! & 31) === 9 : ((nal[0]! >> 1) & 63) === 35)
  const pictures: Uint8Array[][] = []
  for (const nal of splitAnnexB(stdout)) {
    if (isDelimiter(nal)) pictures.push([])
    else pictures.at(-1)?.push(nal)
  }
  return { codec, pictures, parameterSets: selectParameterSets(codec, pictures[0]!) }
}

interface Player {
  readonly socket: Socket
  readonly machine: RtspServerMachine
  packetizer: Packetizer | undefined
  isPlaying: boolean
}

/** Owns its port until disposed. */
export class ScriptedCamera implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #players = new Set<Player>()
  readonly #ticking: NodeJS.Timeout
  #reel: Reel
  #at = 0
  #timestamp = 1000
  /** What DESCRIBE is answered with, in place of the true description. */
  sdp: string | undefined
  /** Takes calls and packets and gives nothing back, as one whose cable was pulled. */
  isSilent = false
  /** Connections that were made to it. */
  calls = 0

  static async open(reel: Reel): Promise<ScriptedCamera> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new ScriptedCamera(server, reel)
  }

  private constructor(server: Server, reel: Reel) {
    this.#server = server
    this.#reel = reel
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket) => this.#accept(socket))
    this.#ticking = setInterval(() => this.#tick(), FRAME_MS)
  }

  get url(): string {
    return `rtsp://127.0.0.1:${this.port}/live`
  }

  get connections(): number {
    return this.#players.size
  }

  /** Other pictures from the next one on, in the sessions that are there. */
  show(reel: Reel): void {
    this.#reel = reel
    this.#at = 0
  }

  /** Ends every connection: `reset` as one whose power went, else in order. */
  hangUp(how: 'end' | 'reset'): void {
    for (const { socket } of this.#players) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.end()
    }
  }

  #accept(socket: Socket): void {
    this.calls++
    const machine = new RtspServerMachine({
      sessionId: () => randomBytes(16).toString('hex'),
      hooks: {
        describe: () =>
          this.sdp ?? formatStreamSdp([{ codec: this.#reel.codec, parameterSets: this.#reel.parameterSets }]),
        setup: ({ transport }) => (transport.lower === 'tcp' ? { track: 1, ssrc: 77 } : { status: 461 }),
        play: () => ({}),
      },
    })
    const player: Player = { socket, machine, packetizer: undefined, isPlaying: false }
    this.#players.add(player)
    socket.on('error', () => {})
    socket.on('close', () => this.#players.delete(player))
    socket.on('data', (chunk: Buffer) => {
      if (!this.isSilent) this.#perform(player, machine.receive(chunk, performance.now()))
    })
  }

  #perform(player: Player, actions: readonly RtspServerAction[]): void {
    for (const action of actions) {
      if (action.do === 'send') player.socket.write(action.bytes)
      else if (action.do === 'close') player.socket.end()
      else player.isPlaying = action.do === 'play'
    }
  }

  #tick(): void {
    const { codec, pictures } = this.#reel
    const data = pictures[this.#at++ % pictures.length]!
    this.#timestamp += FRAME_TICKS
    if (this.isSilent) return
    for (const player of this.#players) {
      if (!player.isPlaying || !player.socket.writable) continue
      player.packetizer ??= createPacketizer(codec, { payloadType: 96, ssrc: 77, sequence: 1, maxPacketBytes: 1400 })
      player.socket.write(encodeInterleaved(0, player.packetizer.packetize({ data }, this.#timestamp)))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking)
    for (const { socket } of this.#players) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
