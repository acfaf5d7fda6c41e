// SPDX-License-Identifier: Apache-2.0
/** The codecs that the system carries, with what RTP fixes about each. One table, so that no other file lists them. */

/** A codec by the name used throughout: in the API, on the command line, in the code. */
export type CodecName = 'h264' | 'h265' | 'mjpeg' | 'pcma' | 'pcmu'

/** What RTP and SDP say of a codec. */
export interface CodecFacts {
  readonly kind: 'video' | 'audio'
  /** The encoding name of `a=rtpmap`. */
  readonly encoding: string
  readonly clockRateHz: number
  /** The static payload type of RFC 3551 §6, or the first dynamic one. */
  readonly payloadType: number
  /** The payload format's standard. */
  readonly spec: string
}

/** All codecs. */
export const codecs: Readonly<Record<CodecName, CodecFacts>> = {
  h264: { kind: 'video', encoding: 'H264', clockRateHz: 90_000, payloadType: 96, spec: 'RFC 6184' },
  h265: { kind: 'video', encoding: 'H265', clockRateHz: 90_000, payloadType: 96, spec: 'RFC 7798' },
  mjpeg: { kind: 'video', encoding: 'JPEG', clockRateHz: 90_000, payloadType: 26, spec: 'RFC 2435' },
  pcma: { kind: 'audio', encoding: 'PCMA', clockRateHz: 8000, payloadType: 8, spec: 'RFC 3551 §4.5.14' },
  pcmu: { kind: 'audio', encoding: 'PCMU', clockRateHz: 8000, payloadType: 0, spec: 'RFC 3551 §4.5.14' },
}

/** The codec of an `a=rtpmap` encoding name, without case; undefined for one that is not carried. */
export const codecOfEncoding = (encoding: string): CodecName | undefined => {
  const wanted = encoding.toUpperCase()
  // RFC 7798 §7.1 says H265; `HEVC` was seen in descriptions of recorders that relay other makers' cameras.
  if (wanted === 'HEVC') return 'h265'
  return (Object.keys(codecs) as CodecName[]).find((name) => codecs[name].encoding === wanted)
}
