// SPDX-License-Identifier: Apache-2.0
/** What the page tells of its pictures: the counters of `globalThis.openhmp.live()`. */
import type { Page } from 'playwright-core'

/** `ViewCounters` of the console. */
export interface View {
  readonly device: string
  readonly codec: string
  readonly transport: string
  readonly phase: string
  readonly framesDecoded: number
  readonly framesPainted: number
  readonly audioSamples: number
  readonly audioPeak: number
}

export const live = (page: Page): Promise<View[]> =>
  page.evaluate(() => (globalThis as unknown as { openhmp?: { live(): Promise<View[]> } }).openhmp?.live() ?? [])

/** Pictures that move: so many frames were painted. */
export const moving = async (page: Page, frames = 15): Promise<number> =>
  (await live(page)).filter(({ framesPainted }) => framesPainted >= frames).length
