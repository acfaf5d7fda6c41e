// SPDX-License-Identifier: Apache-2.0
/** A bar on standard error while something goes on: for people at a terminal only. */
import { Presets, SingleBar } from 'cli-progress'
import type { Output } from './output.ts'

export interface Progress extends Disposable {
  update(value: number, text: string): void
}

/** A bar up to `total`. Silent with `--json` and where standard error is no terminal. */
export function openProgress(output: Output, total: number, what: string): Progress {
  if (output.isJson || process.stderr.isTTY !== true) return { update() {}, [Symbol.dispose]() {} }
  const format = `${what} {bar} {percentage}%  {text}`
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, fps: 5 }, Presets.shades_classic)
  bar.start(total, 0, { text: '' })
  return {
    update: (value, text) => bar.update(Math.min(value, total), { text }),
    [Symbol.dispose]: () => bar.stop(),
  }
}
