// SPDX-License-Identifier: Apache-2.0
/** Codecs as people write them; a codec that is not ours stays the device's own word. */

const names: Readonly<Record<string, string>> = {
  h264: 'H.264',
  h265: 'H.265',
  mjpeg: 'MJPEG',
  pcma: 'G.711 A-law',
  pcmu: 'G.711 µ-law',
}

export const codecName = (codec: string | null): string => (codec === null ? '—' : (names[codec] ?? codec))
