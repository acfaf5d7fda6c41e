// SPDX-License-Identifier: Apache-2.0
/** A stream's session description as these cameras write it: absolute controls, `recvonly`, `Media_header` at the end. */
import { hex } from '@openhmp/protocol/base'
import type { CodecName } from '@openhmp/protocol/rtp'
import { formatStreamSdp, type OfferedMedia } from '@openhmp/protocol/sdp'
import type { ClipTrack } from '../media/clip.ts'
import type { LiveStream } from '../media/live.ts'
import type { StreamUrl } from './stream-url.ts'

/** Numbers of a stream's tracks in URLs. */
export const VIDEO_TRACK = 1
export const AUDIO_TRACK = 2

/** What these cameras announce for 64 kbit/s of sound. */
const AUDIO_KBPS = 50

/** Video and sound codes of `Media_header`. */
const mediaCodes: Readonly<Record<CodecName, number>> = {
  h264: 0x0100,
  h265: 0x0005,
  mjpeg: 0x0004,
  pcma: 0x7111,
  pcmu: 0x7110,
}

/** The SDP of `stream` for one who asked for `url`; `address` is the device's own. */
export const describeStream = (stream: LiveStream, url: StreamUrl, address: string): string => {
  const query = url.query === '' ? '?transportmode=unicast' : url.query
  const offer = (track: ClipTrack, number: number, bitrateKbps: number): OfferedMedia => ({
    codec: track.codec,
    payloadType: track.payloadType,
    parameterSets: track.parameterSets,
    direction: 'recvonly',
    control: `${url.baseUrl}/trackID=${number}${query}`,
    bitrateKbps,
    ...(track.dimensions ? { dimensions: track.dimensions } : {}),
  })
  const video = offer(stream.video, VIDEO_TRACK, stream.video.bitrateKbps)
  const media = stream.audio ? [video, offer(stream.audio, AUDIO_TRACK, AUDIO_KBPS)] : [video]
  return formatStreamSdp(media, {
    sessionId: '1109162014219182',
    address,
    control: `${url.baseUrl}/${query}`,
    bitrateKbps: stream.video.bitrateKbps + AUDIO_KBPS * media.length,
    lastLines: [
      { type: 'a', value: `Media_header:MEDIAINFO=${mediaHeader(stream)};` },
      { type: 'a', value: 'appversion:1.0' },
    ],
  })
}

/** Forty bytes, little-endian: magic, version, device, system (4: RTP), video, sound, channels, bits, rate, bit rate. */
const mediaHeader = (stream: LiveStream): string => {
  const bytes = new Uint8Array(40)
  const view = new DataView(bytes.buffer)
  bytes.set([0x49, 0x4d, 0x4b, 0x48, 0x01, 0x02, 0, 0, 0x04, 0])
  view.setUint16(10, mediaCodes[stream.video.codec], true)
  if (stream.audio) {
    view.setUint16(12, mediaCodes[stream.audio.codec], true)
    bytes.set([1, 16], 14)
    view.setUint32(16, 8000, true)
    view.setUint32(20, 64_000, true)
  }
  return hex(bytes).toUpperCase()
}
