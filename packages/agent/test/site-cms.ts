// SPDX-License-Identifier: Apache-2.0
/** The whole CMS in a process of its own, in hurried time, and a person at it. Arguments: data folder, key file, port. */
import { connect } from 'node:net'
import { openHouse, PASSWORD } from '../../server/test/harness.ts'
import { hurriedClock } from './hurried-clock.ts'
import { answerAll } from './two-sites.ts'

const [dataDir = '', keyFile = '', port = ''] = process.argv.slice(2)
const KNOCK_MS = 2000
const DAY_MS = 86_400_000
/** More than half of the life of a link's certificate, so that it may be renewed. */
const PAST_DAYS = 50

/** What the CMS is asked. */
export type CmsQuestion =
  | { readonly do: 'call'; readonly method: string; readonly path: string; readonly body?: object }
  | { readonly do: 'watch'; readonly device: string; readonly units: number }
  | { readonly do: 'knock'; readonly host: string; readonly port: number }
  | { readonly do: 'today' }

/** It began in the past: what is issued then is old today, and good to OpenSSL, too, whose clock is the machine's. */
let shiftMs = -PAST_DAYS * DAY_MS
const place = { dataDir, keyFile, [Symbol.dispose]: () => {} }
const house = await openHouse(place, {
  clock: hurriedClock(() => shiftMs),
  host: '0.0.0.0',
  port: Number(port),
  allowLoopback: false,
})
let { cookie } = house

/** How a connection from here to there ends. */
const knock = (to: string, port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host: to, port, timeout: KNOCK_MS })
    const end = (how: string) => {
      resolve(how)
      socket.destroy()
    }
    socket.once('connect', () => end('open'))
    socket.once('timeout', () => end('silence'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })

answerAll(async (question: CmsQuestion) => {
  if (question.do === 'knock') return await knock(question.host, question.port)
  if (question.do === 'today') {
    shiftMs = 0
    cookie = await house.enter('admin', PASSWORD)
    return null
  }
  if (question.do === 'watch') {
    await using viewer = await house.view({ as: cookie })
    const watched = await viewer.open(question.device)
    await watched.count(question.units, 20_000)
    return { isKey: watched.units[0]!.isKey, units: watched.units.length }
  }
  const { status, body } = await house.as(cookie, question.method, question.path, question.body)
  return { status, body, errors: house.errors }
})
process.stdout.write('ready\n')
