// SPDX-License-Identifier: Apache-2.0
/** Which way a codec's pictures take in this browser: WebCodecs, else MSE, else none. Asked once per page. */
import type { CodecName } from '@openhmp/protocol/rtp'
import type { Profile, Transport } from './status.ts'

/** What this browser can decode, and how. */
export type Ability = Readonly<Record<'h264' | 'h265' | 'mjpeg', Transport>>

/** A common level of each: what a browser refuses here it refuses altogether. */
const PROBES = { h264: 'avc1.640028', h265: 'hvc1.1.6.L120.B0' } as const

/** `wanted: 'mse'` leaves the decoder aside, for tests and for browsers whose decoder misbehaves. */
export const findAbility = async (
  wanted: 'auto' | 'mse',
  mse: { readonly h264: boolean; readonly h265: boolean },
): Promise<Ability> => {
  const way = async (codec: 'h264' | 'h265'): Promise<Transport> => {
    if (wanted === 'auto' && typeof VideoDecoder === 'function') {
      const answer = await VideoDecoder.isConfigSupported({ codec: PROBES[codec] }).catch(() => undefined)
      if (answer?.supported) return 'webcodecs'
    }
    return mse[codec] ? 'mse' : 'none'
  }
  return { h264: await way('h264'), h265: await way('h265'), mjpeg: 'image' }
}

/** The way for a stream's codec; `none` for one that is not carried at all. */
export const transportOf = (codec: CodecName | undefined, ability: Ability): Transport =>
  codec === 'h264' || codec === 'h265' || codec === 'mjpeg' ? ability[codec] : 'none'

/** The stream to try when this one's codec is refused; undefined when there is none left. */
export const otherProfile = (profile: Profile, hasSub: boolean, tried: ReadonlySet<Profile>): Profile | undefined => {
  const other = profile === 'main' ? 'sub' : 'main'
  if (tried.has(other)) return undefined
  return other === 'sub' && !hasSub ? undefined : other
}
