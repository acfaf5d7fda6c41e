// SPDX-License-Identifier: Apache-2.0
/**
 * What the server says by code, in the reader's language. English comes from the server itself; other languages are looked
 * up here by the code, then by its part before the dot, and else stay the server's own words, which name place and cure.
 */

const chinese: Readonly<Record<string, string>> = {}

/** `text` is the server's. */
export const problemText = (language: string, code: string, text: string): string =>
  language === 'zh-CN' ? (chinese[code] ?? text) : text
