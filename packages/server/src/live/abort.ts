// SPDX-License-Identifier: Apache-2.0
/** Rejects with the signal's reason once it aborts: the losing side of a race that must not outlive its owner. */
export const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
