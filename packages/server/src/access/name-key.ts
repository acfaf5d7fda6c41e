// SPDX-License-Identifier: Apache-2.0
/** Names as they are compared. */

/** Names that look alike are one: case and width do not matter. */
export const nameKeyOf = (name: string): string => name.normalize('NFKC').toLowerCase()
