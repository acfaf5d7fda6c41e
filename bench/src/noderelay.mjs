// SPDX-License-Identifier: Apache-2.0
// noderelay: the least a relay in plain Node can do (the same job as relayfloor.c), to know how far Node goes.
// usage: node noderelay.mjs PORT CAMERA_PORT CAMERAS MODE
// MODE chunk: whole interleaved packets of a read go to each viewer as ONE write of one shared buffer
//      frame: packets are gathered to the RTP marker, then one write per viewer and frame
//      slices: one write per RTP packet and viewer, inside cork/uncork (writev)
//      packet: one write per RTP packet and viewer, no cork
import net from 'node:net'

const [port, cport, K, mode] = [+process.argv[2], +process.argv[3], +process.argv[4], process.argv[5] || 'chunk']
const MAXQ = 4 << 20
class Cam {
  constructor(i) {
    this.i = i
    this.viewers = new Set()
    this.sdp = null
    this.open()
  }
  open() {
    this.buf = null
    this.cseq = 0
    this.st = 0
    this.pend = []
    const s = (this.s = net.connect(cport, '127.0.0.1', () => this.req('DESCRIBE', '', 'Accept: application/sdp\r\n')))
    s.setNoDelay(true)
    s.on('data', (d) => this.data(d))
    s.on('error', () => {})
    s.on('close', () => setTimeout(() => this.open(), 200))
  }
  req(m, sfx, x) {
    this.s.write(`${m} rtsp://127.0.0.1:${cport}/cam${this.i}${sfx} RTSP/1.0\r\nCSeq: ${++this.cseq}\r\n${x}\r\n`)
  }
  data(d) {
    const b = this.buf ? Buffer.concat([this.buf, d]) : d
    let o = 0,
      s = 0
    const n = b.length
    const cuts = mode === 'chunk' ? null : []
    let lastMark = 0
    while (n - o >= 4) {
      if (b[o] === 0x24) {
        const L = 4 + ((b[o + 2] << 8) | b[o + 3])
        if (n - o < L) break
        if (cuts && (mode === 'slices' || mode === 'packet')) cuts.push(b.subarray(o, o + L))
        o += L
        if (mode === 'frame' && b[o - L + 5] & 0x80) lastMark = o
      } else {
        const z = b.indexOf('\r\n\r\n', o)
        if (z < 0) break
        const head = b.toString('latin1', o, z)
        const cl = /content-length: *(\d+)/i.exec(head)
        const L = cl ? +cl[1] : 0
        if (z + 4 + L > n) break
        if (this.st === 0) {
          this.sdp = b.toString('latin1', z + 4, z + 4 + L)
          this.st = 1
          this.req('SETUP', '/trackID=1', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n')
        } else if (this.st === 1) {
          this.st = 2
          this.req('PLAY', '', `Session: ${/session: *([^;\r]+)/i.exec(head)[1]}\r\n`)
        } else this.st = 3
        o = s = z + 4 + L
      }
    }
    if (mode === 'frame') {
      // keep what is past the last marker for the next read
      const end = Math.max(lastMark, s)
      if (end > s) this.fan(b.subarray(s, end))
      o = end
    } else if (o > s) mode === 'chunk' ? this.fan(b.subarray(s, o)) : this.fanMany(cuts)
    this.buf = o < n ? b.subarray(o) : null
  }
  fan(x) {
    for (const v of this.viewers)
      if (v.writableLength < MAXQ) v.write(x)
      else v.drops = (v.drops | 0) + 1
  }
  fanMany(xs) {
    const c = mode === 'slices'
    for (const v of this.viewers) {
      if (v.writableLength > MAXQ) continue
      if (c) v.cork()
      for (const x of xs) v.write(x)
      if (c) v.uncork()
    }
  }
}
const cams = Array.from({ length: K }, (_, i) => new Cam(i))
net
  .createServer({ noDelay: true }, (s) => {
    let t = '',
      cam = null
    s.on('error', () => {})
    s.on('close', () => cam?.viewers.delete(s))
    s.on('data', (d) => {
      if (d[0] === 0x24) return
      t += d.toString('latin1')
      let z
      while ((z = t.indexOf('\r\n\r\n')) >= 0) {
        const r = t.slice(0, z)
        t = t.slice(z + 4)
        const [m, u] = r.split(' ')
        const cs = /cseq: *(\d+)/i.exec(r)?.[1]
        const c = cams[+(/\/cam(\d+)/.exec(u)?.[1] ?? 0)]
        if (m === 'DESCRIBE') {
          if (!c?.sdp) {
            s.write(`RTSP/1.0 404 Not Found\r\nCSeq: ${cs}\r\n\r\n`)
            continue
          }
          s.write(
            `RTSP/1.0 200 OK\r\nCSeq: ${cs}\r\nContent-Base: ${u}/\r\nContent-Type: application/sdp\r\nContent-Length: ${c.sdp.length}\r\n\r\n${c.sdp}`,
          )
        } else if (m === 'SETUP')
          s.write(
            `RTSP/1.0 200 OK\r\nCSeq: ${cs}\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
          )
        else {
          s.write(`RTSP/1.0 200 OK\r\nCSeq: ${cs}\r\nSession: 1\r\n\r\n`)
          if (m === 'PLAY' && c) {
            cam = c
            c.viewers.add(s)
          }
        }
      }
    })
  })
  .listen(port, '127.0.0.1', 1024)
