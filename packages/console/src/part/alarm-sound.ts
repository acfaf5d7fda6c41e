// SPDX-License-Identifier: Apache-2.0
/** Sounds of alarms, made by the browser itself (Web Audio API): no files. Whether it may, and whether somebody wants it. */
import type { Severity } from '@openhmp/contract'

/** Tones in Hz, and how long each lasts. The graver, the higher and the more. */
const tunes: Readonly<Record<Severity, { readonly tones: readonly number[]; readonly seconds: number }>> = {
  critical: { tones: [988, 740, 988, 740, 988, 740], seconds: 0.16 },
  high: { tones: [784, 587, 784], seconds: 0.18 },
  low: { tones: [523], seconds: 0.25 },
}
const VOLUME = 0.25
/** Alarms that come together are one sound. */
const PAUSE_MS = 2000
const KEY = 'openhmp.alarmSound'

type Standing = 'on' | 'off' | 'blocked'

let context: AudioContext | undefined
let playedAt = Number.NEGATIVE_INFINITY
let isWanted = localStorage.getItem(KEY) !== 'off'
const watchers = new Set<() => void>()
const tell = () => {
  for (const watcher of watchers) watcher()
}

/** The browser decides when it is made whether it may sound; a click lets it later. */
const theContext = (): AudioContext => {
  if (!context) {
    context = new AudioContext()
    context.addEventListener('statechange', tell)
    const allow = () => void context?.resume()
    for (const name of ['pointerdown', 'keydown']) document.addEventListener(name, allow, { capture: true })
  }
  return context
}

export const alarmSound = {
  standing: (): Standing => {
    if (!isWanted) return 'off'
    return context?.state === 'suspended' ? 'blocked' : 'on'
  },
  watch: (watcher: () => void): (() => void) => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  },
  /** Finds out whether the browser lets us. */
  prepare: (): void => {
    if (!isWanted) return
    theContext()
    tell()
  },
  setOn: (isOn: boolean): void => {
    isWanted = isOn
    localStorage.setItem(KEY, isOn ? 'on' : 'off')
    if (isOn) void theContext().resume()
    tell()
  },
  /** Says nothing while one sounds, or nobody wants it. */
  play: (severity: Severity): void => {
    const now = performance.now()
    if (!isWanted || now - playedAt < PAUSE_MS) return
    const audio = theContext()
    tell()
    if (audio.state === 'suspended') return
    playedAt = now
    const { tones, seconds } = tunes[severity]
    for (const [i, hertz] of tones.entries()) sound(audio, hertz, audio.currentTime + i * seconds, seconds)
  },
}

const sound = (audio: AudioContext, hertz: number, at: number, seconds: number): void => {
  const source = new OscillatorNode(audio, { type: 'triangle', frequency: hertz })
  const gain = new GainNode(audio, { gain: 0 })
  // Without a ramp each tone begins and ends with a click.
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(VOLUME, at + 0.01)
  gain.gain.setValueAtTime(VOLUME, at + seconds - 0.03)
  gain.gain.linearRampToValueAtTime(0, at + seconds)
  source.connect(gain).connect(audio.destination)
  source.start(at)
  source.stop(at + seconds)
}
