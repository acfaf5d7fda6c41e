// SPDX-License-Identifier: Apache-2.0
/** What `describeDevice` makes of devices whose lists disagree, lie, or are missing. */
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { describeDevice, IsapiClient } from '../src/index.ts'
import { answer, openRawServer, said } from './raw-server.ts'

const stream = (id: number, more = '') =>
  `<StreamingChannel><id>${id}</id><channelName>s${id}</channelName><Video><videoCodecType>H.265</videoCodecType><videoResolutionWidth>640</videoResolutionWidth><videoResolutionHeight>360</videoResolutionHeight>${more}</Video></StreamingChannel>`
const input = (id: number, more = '') =>
  `<VideoInputChannel><id>${id}</id><name>in ${id}</name>${more}</VideoInputChannel>`
const proxied = (id: number) => `<InputProxyChannel><id>${id}</id><name>ip ${id}</name></InputProxyChannel>`
const off = '<videoInputEnabled>false</videoInputEnabled>'

type Tree = Readonly<Record<string, string>>

/** Probes a device that has these resources and says "not supported" to all else; `channel: stream, stream` each. */
const probe = async (tree: Tree) => {
  const all: Tree = { 'System/deviceInfo': '<DeviceInfo><model>DS</model></DeviceInfo>', ...tree }
  await using server = await openRawServer((socket, text) => {
    const body = all[text.split(' ')[1]!.replace('/ISAPI/', '')]
    socket.write(body === undefined ? answer(403, said(4, 'notSupport')) : answer(200, body))
  })
  await using client = new IsapiClient({
    address: `127.0.0.1:${server.port}`,
    credentials: { username: 'u', password: 'p' },
    clock: realClock(),
  })
  const { channels } = await describeDevice(client)
  const lines = channels.map(({ id, name, streams }) => `${id} ${name}: ${streams.map((one) => one.id).join(' ')}`)
  return { lines, asked: server.requests.length }
}

const inputs = 'System/Video/inputs/channels'
const proxies = 'ContentMgmt/InputProxy/channels'
const streams = 'Streaming/channels'
const list = (name: string, members: readonly string[]) => `<${name} size="99">${members.join('')}</${name}>`

describe('describeDevice', () => {
  it.each<[string, Tree, string[]]>([
    [
      'a recorder whose lists say they are longer than they are',
      {
        [proxies]: list('InputProxyChannelList', [proxied(1), proxied(3)]),
        [streams]: list(
          'StreamingChannelList',
          [101, 102, 301].map((id) => stream(id)),
        ),
      },
      ['1 ip 1: 101 102', '3 ip 3: 301'],
    ],
    [
      'a hybrid recorder, both of whose lists count from 1',
      {
        [inputs]: list(
          'VideoInputChannelList',
          [1, 2, 3, 4].map((id) => input(id, id === 3 ? off : '')),
        ),
        [proxies]: list('InputProxyChannelList', [1, 2, 3, 4, 5, 6].map(proxied)),
        [streams]: list(
          'StreamingChannelList',
          [101, 301, 401, 501, 1001].map((id) => stream(id)),
        ),
      },
      [
        '1 in 1: 101',
        '2 in 2: ',
        '4 in 4: 401',
        '5 ip 1: 501',
        '6 ip 2: ',
        '7 ip 3: ',
        '8 ip 4: ',
        '9 ip 5: ',
        '10 ip 6: 1001',
      ],
    ],
    [
      'a hybrid recorder whose IP channels count on',
      {
        [inputs]: list(
          'VideoInputChannelList',
          [1, 2].map((id) => input(id)),
        ),
        [proxies]: list('InputProxyChannelList', [3, 4].map(proxied)),
        [streams]: list(
          'StreamingChannelList',
          [101, 301].map((id) => stream(id)),
        ),
      },
      ['1 in 1: 101', '2 in 2: ', '3 ip 3: 301', '4 ip 4: '],
    ],
    [
      'a recorder with streams, and no list of them',
      {
        [proxies]: list('InputProxyChannelList', [1, 2].map(proxied)),
        [`${streams}/101`]: stream(101),
        [`${streams}/102`]: stream(102),
        [`${streams}/201`]: stream(201),
      },
      ['1 ip 1: 101 102', '2 ip 2: 201'],
    ],
    [
      'a camera that lists streams which it does not have',
      {
        [inputs]: list('VideoInputChannelList', [input(1)]),
        [streams]: list('StreamingChannelList', [stream(101), '<StreamingChannel><id>103</id></StreamingChannel>']),
      },
      ['1 in 1: 101'],
    ],
    ['a device that has streams alone', { [streams]: list('StreamingChannelList', [stream(101)]) }, ['1 s101: 101']],
    ['a device that has nothing to show', {}, []],
  ])('describes %s', async (_, tree, lines) => {
    expect((await probe(tree)).lines).toEqual(lines)
  })

  it('asks four times where the lists are there', async () => {
    const { asked } = await probe({
      [inputs]: list('VideoInputChannelList', [input(1)]),
      [streams]: list('StreamingChannelList', [stream(101)]),
    })
    expect(asked).toBe(4)
  })
})
