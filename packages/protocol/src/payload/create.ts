// SPDX-License-Identifier: Apache-2.0
/** The list of payload formats: by the codec's name to its machines. One floor above the formats, which do not know it. */
import { WireError } from '../base/errors.ts'
import type { CodecName } from '../rtp/codec.ts'
import type { VideoDescription } from './description.ts'
import { G711Depacketizer } from './g711/depacketizer.ts'
import { G711Packetizer } from './g711/packetizer.ts'
import { H264Depacketizer } from './h264/depacketizer.ts'
import { NalType as H264, nalType as h264Type } from './h264/nal-type.ts'
import { H264Packetizer } from './h264/packetizer.ts'
import { describeSps as describeH264 } from './h264/parameter-sets.ts'
import { H265Depacketizer } from './h265/depacketizer.ts'
import { NalType as H265, nalType as h265Type } from './h265/nal-type.ts'
import { H265Packetizer } from './h265/packetizer.ts'
import { describeSps as describeH265 } from './h265/parameter-sets.ts'
import { MjpegDepacketizer } from './mjpeg/depacketizer.ts'
import { MjpegPacketizer } from './mjpeg/packetizer.ts'
import type { Depacketizer, DepacketizerOptions, Packetizer, PacketizerOptions } from './unit.ts'

/** A depacketizer for the codec, told what the session description knows. */
export function createDepacketizer(codec: CodecName, options: DepacketizerOptions = {}): Depacketizer {
  switch (codec) {
    case 'h264':
      return new H264Depacketizer(options)
    case 'h265':
      return new H265Depacketizer(options)
    case 'mjpeg':
      return new MjpegDepacketizer(options)
    case 'pcma':
    case 'pcmu':
      return new G711Depacketizer(codec)
  }
}

/** A packetizer for the codec. Throws Defect when the packets asked for are too short for any format. */
export function createPacketizer(codec: CodecName, options: PacketizerOptions): Packetizer {
  switch (codec) {
    case 'h264':
      return new H264Packetizer(options)
    case 'h265':
      return new H265Packetizer(options)
    case 'mjpeg':
      return new MjpegPacketizer(options)
    case 'pcma':
    case 'pcmu':
      return new G711Packetizer(options)
  }
}

/**
 * What the first sequence parameter set among these NAL units tells. Throws WireError `h264.sps` or `h265.sps` when there
 * is none, or it cannot be read.
 */
export function describeParameterSets(codec: 'h264' | 'h265', nals: readonly Uint8Array[]): VideoDescription {
  const isH264 = codec === 'h264'
  const isSps = (nal: Uint8Array) =>
    nal.length > 0 && (isH264 ? h264Type(nal[0]!) === H264.sps : h265Type(nal[0]!) === H265.sps)
  const sps = nals.find(isSps)
  if (!sps)
    throw new WireError(`${codec}.sps`, 'no sequence parameter set', { spec: isH264 ? 'H.264 §7.4.1' : 'H.265 §7.4.2' })
  if (isH264) return describeH264(sps)
  const { width, height, codecString, frameRate, profile } = describeH265(sps)
  return { width, height, codecString, profile, ...(frameRate === undefined ? {} : { frameRate }) }
}

/** The parameter sets among these NAL units: VPS, SPS, PPS, in this order. */
export function selectParameterSets(codec: 'h264' | 'h265', nals: readonly Uint8Array[]): Uint8Array[] {
  const order: readonly number[] = codec === 'h264' ? [H264.sps, H264.pps] : [H265.vps, H265.sps, H265.pps]
  const typeOf = codec === 'h264' ? h264Type : h265Type
  return order.flatMap((type) => nals.filter((nal) => nal.length > 0 && typeOf(nal[0]!) === type))
}
