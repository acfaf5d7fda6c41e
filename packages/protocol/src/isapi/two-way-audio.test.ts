// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import { parseXml } from '../xml/parse.ts'
import { readTwoWayAudioChannels, readTwoWayAudioSession } from './two-way-audio.ts'

it('audio channels are read in a list and alone; a codec that is not ours keeps its word', () => {
  const channel =
    '<TwoWayAudioChannel><id>2</id><audioCompressionType>G.722.1</audioCompressionType></TwoWayAudioChannel>'
  const read = { id: 2, isEnabled: undefined, codec: undefined, codecWord: 'G.722.1', volume: undefined }
  for (const xml of [channel, `<TwoWayAudioChannelList xmlns="urn:x">${channel}</TwoWayAudioChannelList>`])
    expect(readTwoWayAudioChannels(parseXml(xml))).toEqual([read])
  const session = (xml: string) => readTwoWayAudioSession(parseXml(xml))
  expect(session('<TwoWayAudioSession><sessionId>77</sessionId></TwoWayAudioSession>')).toBe('77')
  expect(session('<ResponseStatus><statusCode>1</statusCode></ResponseStatus>')).toBeUndefined()
})
