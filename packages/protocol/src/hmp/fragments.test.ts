// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import vectors from '../../../../docs/protocol/vectors/fragments.json' with { type: 'json' }
import { hex, unhex } from '../base/bytes.ts'
import { ControlJoiner, MessageJoiner, UnitJoiner } from './fragments.ts'
import {
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_MEDIA_UNIT_BYTES,
  MAX_PACKET_PAYLOAD_BYTES,
  MAX_PARTIAL_CONTROL_MESSAGES,
} from './limits.ts'
import { Flag, PacketType } from './packet.ts'
import { PacketSplitter } from './packet-splitter.ts'

const piece = new Uint8Array(MAX_PACKET_PAYLOAD_BYTES)
const header = (type: PacketType, flags: number, sequence: number) => ({ type, flags, stream: 0, sequence, length: 1 })

describe('fragments, hmp.md §4', () => {
  it.each(vectors.rows)('joins: $name', (row) => {
    const messages: unknown[] = []
    const joiner = new MessageJoiner()
    const splitter = new PacketSplitter({
      onPacket(packet, payload, offset) {
        const message = joiner.push(packet, payload, offset)
        if (message) messages.push({ ...message, payload: hex(message.payload) })
      },
    })
    const run = () => {
      for (const packet of row.packets) splitter.push(unhex(packet)!)
    }
    if ('error' in row) expect(run).toThrow(expect.objectContaining({ code: `hmp.${row.error}`, at: row.at }))
    else run()
    expect(messages).toEqual(row.messages)
  })

  it('takes a unit of 4 MiB and not one byte more', () => {
    const joiner = new UnitJoiner()
    const more = header(PacketType.video, Flag.more, 0)
    const count = MAX_MEDIA_UNIT_BYTES / piece.length
    for (let i = 1; i < count; i++) expect(joiner.push(more, piece, 0)).toBeUndefined()
    expect(joiner.push(header(PacketType.video, 0, 0), piece, 0)?.length).toBe(MAX_MEDIA_UNIT_BYTES)
    for (let i = 0; i < count; i++) joiner.push(more, piece, 0)
    expect(() => joiner.push(more, piece.subarray(0, 1), 70)).toThrow(
      expect.objectContaining({ code: 'hmp.length', at: 82 }),
    )
  })

  it('takes a control message of 1 MiB and not one byte more', () => {
    const joiner = new ControlJoiner()
    const more = header(PacketType.management, Flag.more, 1)
    for (let i = 0; i < MAX_CONTROL_MESSAGE_BYTES / piece.length; i++) joiner.push(more, piece, 0)
    expect(() => joiner.push(more, piece.subarray(0, 1), 0)).toThrow(expect.objectContaining({ code: 'hmp.length' }))
  })

  it('holds 32 control messages under way and not one more', () => {
    const joiner = new ControlJoiner()
    for (let i = 1; i <= MAX_PARTIAL_CONTROL_MESSAGES; i++)
      joiner.push(header(PacketType.event, Flag.more, i), piece, 0)
    expect(() => joiner.push(header(PacketType.event, Flag.more, 99), piece, 0)).toThrow(
      expect.objectContaining({ code: 'hmp.flow' }),
    )
    expect(joiner.drop({ type: PacketType.event, flags: 0, sequence: 1 })).toBe(true)
    expect(joiner.push(header(PacketType.event, Flag.more, 99), piece, 0)).toBeUndefined()
  })
})
