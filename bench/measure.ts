// SPDX-License-Identifier: Apache-2.0
/** CPU and memory of a process tree, from /proc. schedstat counts nanoseconds, so that small loads are seen too. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** One reading; two of them give a rate. */
export interface Sample {
  readonly atMs: number
  readonly cpuSeconds: number
  readonly rssBytes: number
}

const children = (pid: number): number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

const treeOf = (pid: number): number[] => [pid, ...children(pid).flatMap(treeOf)]

/** Reads the whole tree under `pid` now. */
export const sample = (pid: number): Sample => {
  let cpuSeconds = 0
  let rssBytes = 0
  for (const one of treeOf(pid)) {
    try {
      for (const task of readdirSync(`/proc/${one}/task`))
        cpuSeconds += Number(readFileSync(`/proc/${one}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e9
      rssBytes += Number(readFileSync(`/proc/${one}/statm`, 'utf8').split(' ')[1]) * 4096
    } catch {
      // ended between the listing and the reading
    }
  }
  return { atMs: performance.now(), cpuSeconds, rssBytes }
}
