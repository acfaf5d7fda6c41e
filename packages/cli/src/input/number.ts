// SPDX-License-Identifier: Apache-2.0
/** Numbers of the command line, within limits. */
import { InvalidArgumentError } from 'commander'

/** A reader of whole numbers for commander. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed.`)
    return value
  }

/** A reader of numbers above zero, fractions allowed. */
export const duration = (text: string): number => {
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (!(value > 0)) throw new InvalidArgumentError('a number of seconds above 0 is needed.')
  return value
}

/** One of these words. */
export const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word === text)
    if (found === undefined) throw new InvalidArgumentError(`one of ${words.join(', ')} is needed.`)
    return found
  }

/** `1280x720`. */
export const pictureSize = (text: string): { readonly width: number; readonly height: number } => {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/i.exec(text) ?? []
  if (width === undefined) throw new InvalidArgumentError('a size such as 1280x720 is needed.')
  return { width: Number(width), height: Number(height) }
}

/** So many numbers with commas between them, `-20,10.5,1`. */
export const numbers =
  (count: number, what: string) =>
  (text: string): number[] => {
    const values = text.split(',').map((one) => (/^-?\d{1,6}(\.\d{1,3})?$/.test(one.trim()) ? Number(one) : Number.NaN))
    if (values.length !== count || values.some(Number.isNaN)) throw new InvalidArgumentError(`${what} is needed.`)
    return values
  }
