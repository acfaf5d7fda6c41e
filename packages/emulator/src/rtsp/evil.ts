// SPDX-License-Identifier: Apache-2.0
/** The RTSP of a hostile device: what it answers in place of the truth (`--fault evil-rtsp`, `evil-sdp`). */
import type { EvilName } from '../device/evil.ts'

const MEGABYTE = 1_000_000

/** What is written for what came in, or undefined where this evil is not one of RTSP. */
export const evilRtsp = (name: EvilName | undefined, request: string): string | undefined => {
  const cseq = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? '1'
  const head = `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n`
  if (name === 'rtsp')
    return `$\u0007${'\u00ff\u00ff'}${'x'.repeat(65_535)}RTSP/1.0 200 OK\r\nCSeq: 4294967296\r\n\r\n${head}Content-Length: 99999999999\r\nContent-Base: rtsp://127.0.0.1:22/\r\n\r\nv=0`
  if (name !== 'sdp') return undefined
  if (!request.startsWith('DESCRIBE')) return `${head}Public: OPTIONS, DESCRIBE\r\n\r\n`
  const line = 'a=control:rtsp://127.0.0.1:22/x\r\n'
  const body = `v=0\r\n${line.repeat(Math.ceil(MEGABYTE / line.length))}`
  return `${head}Content-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}
