// SPDX-License-Identifier: Apache-2.0
/** Saves what is on the screen as a file named for the place and the time. */

/** `North gate` at a time becomes `North-gate_2026-11-23_07-15-02.jpg`; letters of any script stay. */
export const snapshotName = (name: string, at: Date): string => {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}-${two(at.getMinutes())}-${two(at.getSeconds())}`
  const place = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '')
  return `${place || 'camera'}_${day}_${time}.jpg`
}

export const saveSnapshot = (blob: Blob, name: string): void => {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = snapshotName(name, new Date())
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
