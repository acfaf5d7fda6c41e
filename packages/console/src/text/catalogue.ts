// SPDX-License-Identifier: Apache-2.0
/** The shape of a message catalogue: English sets the keys, every other has the same ones. */
import type { en } from './en.ts'

type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> }
export type Catalogue = Texts<typeof en>
