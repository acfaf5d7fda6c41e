// SPDX-License-Identifier: Apache-2.0
/**
 * What may become script here (Trusted Types, W3C): the page's policy hands every text that a library writes into the document to
 * this. Style sheets pass, which is what Mantine writes; anything with a tag in it, and every script from elsewhere, does not.
 */
import { Defect } from '@openhmp/protocol/base'

interface Rules {
  createHTML(text: string): string
  createScript(text: string): string
  createScriptURL(url: string): string
}

const rules: Rules = {
  createHTML: (text) => {
    if (text.includes('<')) throw new Defect('text with tags was to be written into the page')
    return text
  },
  createScript: () => {
    throw new Defect('text was to be run as script')
  },
  createScriptURL: (url) => {
    const { origin, href } = new URL(url, location.href)
    if (origin !== location.origin) throw new Defect(`a script of ${origin} was to be run`)
    return href
  },
}

// Browsers without it hold to the rest of the policy.
const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: 'default', rules: Rules): unknown } }
trustedTypes?.createPolicy('default', rules)
