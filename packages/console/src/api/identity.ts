// SPDX-License-Identifier: Apache-2.0
/** Showing once more who one is: what is dangerous is refused until then, and done after it without being asked for again. */

/** Set by the shell: asks the person; false when they would rather not. */
export const identity = {
  prove: async (): Promise<boolean> => false,
}

let open: Promise<boolean> | undefined

/** Several calls at once ask once. */
export const proveOnce = (): Promise<boolean> => {
  open ??= identity.prove().finally(() => {
    open = undefined
  })
  return open
}
