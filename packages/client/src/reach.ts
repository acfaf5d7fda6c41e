// SPDX-License-Identifier: Apache-2.0
/**
 * Which addresses may be called at all, judged where the connection is made: a name is looked up once, what it stands for is
 * judged, and the connection goes to what was judged. A name that means another host the next time gains nothing.
 */
import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

/** Throws when this address, never a name, must not be called at this port. */
export type Reach = (address: string, port: number) => void

/** Judges an address that is no name; names are judged by `judgedLookup`. Throws what `reach` throws. */
export const judgeLiteral = (reach: Reach, host: string, port: number): void => {
  if (isIP(host) !== 0) reach(host, port)
}

/** For `net.connect` and all that hands its options on. One bad address among several spoils the name. */
export const judgedLookup =
  (reach: Reach, port: number): LookupFunction =>
  (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) {
        done(error, '', 0)
        return
      }
      try {
        for (const { address } of found) reach(address, port)
      } catch (refusal) {
        done(refusal as Error, '', 0)
        return
      }
      if (options.all) done(null, found)
      else done(null, found[0]?.address ?? '', found[0]?.family)
    })
  }
