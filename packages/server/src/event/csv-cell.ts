// SPDX-License-Identifier: Apache-2.0
/** One cell of a CSV file (RFC 4180) that no spreadsheet takes for a formula: names come from devices. */

/** What begins a formula, also behind what a spreadsheet passes over, and as full-width signs. */
const FORMULA = /^[\s\p{Cc}\uFEFF]*[=+\-@|＝＋－＠]|^[\t\r\n]/u

/** Text that could be a formula gets an apostrophe before it; numbers stay numbers. */
export const csvCell = (value: string | number | null): string => {
  const text = String(value ?? '')
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text
  return /[",;\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
