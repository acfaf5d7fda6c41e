// SPDX-License-Identifier: Apache-2.0
/**
 * Capture files: pcap (libpcap's classic form, both byte orders, micro- and nanoseconds) and pcapng (sections, interfaces,
 * enhanced and simple packets; other blocks are passed over). draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
import { WireError } from '@openhmp/protocol/base'

/** Whole files are read; a longer one should be cut with the tool that made it. */
export const MAX_CAPTURE_BYTES = 1024 * 1024 * 1024
/** libpcap's own limit of a packet. */
export const MAX_FRAME_BYTES = 262_144
/** Interfaces of one section. */
export const MAX_INTERFACES = 256

/** One frame as captured. */
export interface CapturedFrame {
  /** Counted from 1, as other tools do. */
  readonly number: number
  /** Milliseconds since 1970, with fractions. */
  readonly timeMs: number
  /** LINKTYPE_ number. */
  readonly linkType: number
  readonly bytes: Uint8Array
  /** Offset of the first byte in the file. */
  readonly at: number
  /** True when the capture kept less than was sent. */
  readonly isCut: boolean
}

const spec = 'pcap'

/** The frames of a capture. Throws WireError `pcap.magic`, `pcap.length`, `pcap.limit`. */
export function* readCapture(file: Uint8Array): Generator<CapturedFrame> {
  if (file.length < 24) throw new WireError('pcap.length', 'too short for a capture', { at: file.length, spec })
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const magic = view.getUint32(0)
  if (magic === 0x0a0d0d0a) return yield* readPcapng(file, view)
  const isLittle = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1
  const isBig = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d
  if (!isLittle && !isBig) throw new WireError('pcap.magic', 'neither pcap nor pcapng', { at: 0, spec })
  const isNano = magic === 0x4d3cb2a1 || magic === 0xa1b23c4d
  yield* readPcap(file, view, isLittle, isNano ? 1e6 : 1e3)
}

function* readPcap(file: Uint8Array, view: DataView, isLittle: boolean, perMs: number): Generator<CapturedFrame> {
  const linkType = view.getUint32(20, isLittle) & 0xffff
  let number = 0
  for (let at = 24; at < file.length; ) {
    if (at + 16 > file.length) throw cut(at)
    const kept = view.getUint32(at + 8, isLittle)
    const sent = view.getUint32(at + 12, isLittle)
    if (kept > MAX_FRAME_BYTES) throw tooLong(kept, at)
    if (at + 16 + kept > file.length) throw cut(at)
    const timeMs = view.getUint32(at, isLittle) * 1000 + view.getUint32(at + 4, isLittle) / perMs
    const bytes = file.subarray(at + 16, at + 16 + kept)
    yield { number: ++number, timeMs, linkType, bytes, at: at + 16, isCut: kept < sent }
    at += 16 + kept
  }
}

interface Interface {
  readonly linkType: number
  readonly ticksPerMs: number
}

const Block = { section: 0x0a0d0d0a, interface: 1, simple: 3, enhanced: 6 } as const

function* readPcapng(file: Uint8Array, view: DataView): Generator<CapturedFrame> {
  let isLittle = true
  let interfaces: Interface[] = []
  let number = 0
  for (let at = 0; at < file.length; ) {
    if (at + 12 > file.length) throw cut(at)
    if (view.getUint32(at) === Block.section) {
      isLittle = view.getUint32(at + 8) !== 0x1a2b3c4d
      if (isLittle && view.getUint32(at + 8, true) !== 0x1a2b3c4d)
        throw new WireError('pcap.magic', 'a section without byte order', { at: at + 8, spec })
      interfaces = []
    }
    const type = view.getUint32(at, isLittle)
    const length = view.getUint32(at + 4, isLittle)
    if (length < 12 || length % 4 !== 0 || at + length > file.length) throw cut(at)
    if (type === Block.interface) {
      if (interfaces.length >= MAX_INTERFACES) throw new WireError('pcap.limit', 'too many interfaces', { at, spec })
      interfaces.push(readInterface(view, at, length, isLittle))
    } else if (type === Block.enhanced || type === Block.simple) {
      const frame = readPacketBlock(file, view, at, length, isLittle, interfaces)
      yield { ...frame, number: ++number }
    }
    at += length
  }
}

function readInterface(view: DataView, at: number, length: number, isLittle: boolean): Interface {
  if (length < 20) throw cut(at)
  const linkType = view.getUint16(at + 8, isLittle)
  let ticksPerMs = 1000 // microseconds, unless if_tsresol (option 9) says otherwise
  for (let option = at + 16; option + 4 <= at + length - 4; ) {
    const code = view.getUint16(option, isLittle)
    const size = view.getUint16(option + 2, isLittle)
    if (code === 0) break
    if (code === 9 && size >= 1 && option + 5 <= at + length) {
      const resolution = view.getUint8(option + 4)
      ticksPerMs = (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1000
    }
    option += 4 + Math.ceil(size / 4) * 4
  }
  return { linkType, ticksPerMs }
}

function readPacketBlock(
  file: Uint8Array,
  view: DataView,
  at: number,
  length: number,
  isLittle: boolean,
  interfaces: readonly Interface[],
): Omit<CapturedFrame, 'number'> {
  const isEnhanced = view.getUint32(at, isLittle) === Block.enhanced
  const head = isEnhanced ? 28 : 12
  if (length < head + 4) throw cut(at)
  const source = interfaces[isEnhanced ? view.getUint32(at + 8, isLittle) : 0]
  if (!source) throw new WireError('pcap.length', 'a packet of an interface that was not described', { at, spec })
  const sent = view.getUint32(at + head - 4, isLittle)
  const kept = isEnhanced ? view.getUint32(at + 20, isLittle) : Math.min(sent, length - 16)
  if (kept > MAX_FRAME_BYTES) throw tooLong(kept, at)
  if (head + kept > length - 4) throw cut(at)
  const ticks = isEnhanced ? view.getUint32(at + 12, isLittle) * 2 ** 32 + view.getUint32(at + 16, isLittle) : 0
  const start = at + head
  return {
    timeMs: ticks / source.ticksPerMs,
    linkType: source.linkType,
    bytes: file.subarray(start, start + kept),
    at: start,
    isCut: kept < sent,
  }
}

const cut = (at: number) => new WireError('pcap.length', 'the file ends inside a packet', { at, spec })
const tooLong = (length: number, at: number) => new WireError('pcap.limit', `a packet of ${length} bytes`, { at, spec })
