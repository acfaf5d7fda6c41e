// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/System/TwoWayAudio/channels`: speaking through a device. */
import type { CodecName } from '../rtp/codec.ts'
import { booleanAt, childrenOf, localName, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import type { Resource } from './resource.ts'
import { codecOfWord, wordOfCodec } from './streaming-channel.ts'

export const TWO_WAY_AUDIO_PATH = '/ISAPI/System/TwoWayAudio/channels'

/** A loudspeaker, and the microphone beside it. */
export interface TwoWayAudioChannel {
  readonly id: number
  /** Somebody speaks through it now, where the device tells that. */
  readonly isEnabled: boolean | undefined
  /** Undefined: one that is not ours. */
  readonly codec: CodecName | undefined
  readonly codecWord: string | undefined
  /** 0 to 100. */
  readonly volume: number | undefined
}

const readChannel = (from: XmlElement): TwoWayAudioChannel => {
  const codecWord = textAt(from, 'audioCompressionType')
  return {
    id: numberAt(from, 'id') ?? 1,
    isEnabled: booleanAt(from, 'enabled'),
    codec: codecOfWord(codecWord),
    codecWord,
    volume: numberAt(from, 'speakerVolume'),
  }
}

/** Reads the list, or the one channel where a device answers with that. */
export const readTwoWayAudioChannels = (root: XmlElement): TwoWayAudioChannel[] =>
  (localName(root).toLowerCase() === 'twowayaudiochannel' ? [root] : childrenOf(root, 'TwoWayAudioChannel')).map(
    readChannel,
  )

export const twoWayAudioResource = (
  id: number,
): Resource<TwoWayAudioChannel, { readonly codec?: 'pcma' | 'pcmu'; readonly volume?: number }> => ({
  path: `${TWO_WAY_AUDIO_PATH}/${id}`,
  read: readChannel,
  write: (root, { codec, volume }) => {
    if (codec !== undefined) setText(root, 'audioCompressionType', wordOfCodec(codec))
    if (volume !== undefined) setText(root, 'speakerVolume', volume)
  },
})

/** The session of an opened channel; undefined where the device has none and just says yes. */
export const readTwoWayAudioSession = (root: XmlElement): string | undefined =>
  localName(root).toLowerCase() === 'twowayaudiosession' ? textAt(root, 'sessionId') : undefined
