// SPDX-License-Identifier: Apache-2.0
export * from './create.ts'
export * from './decoder-configuration.ts'
export * from './description.ts'
export * from './g711/companding.ts'
export { type JpegParts, parseJpeg } from './mjpeg/jfif.ts'
export * from './nal.ts'
export * from './unit.ts'
