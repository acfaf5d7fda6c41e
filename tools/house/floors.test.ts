// SPDX-License-Identifier: Apache-2.0
/** Holds every import against the two tables of ARCHITECTURE.md. */
import { describe, expect, it } from 'vitest'
import { type Import, importsOf, isTest, readSource, tableRows, trackedFiles } from './sources.ts'

const architecture = readSource('ARCHITECTURE.md')
const allowed = new Map(
  tableRows(architecture, 'package').map(([name, , may]) => [
    name!.replaceAll('`', ''),
    new Set(may!.split(',').map((word) => word.trim())),
  ]),
)
const floorOf = new Map(
  tableRows(architecture, 'floor').flatMap(([floor, folders]) =>
    [...folders!.matchAll(/`([^`]+)`/g)].map((match) => [match[1]!, Number(floor)] as const),
  ),
)
const consoleMayUse = new Set(['base', 'hmp', 'session', 'http', 'rtp', 'rtcp', 'sdp', 'payload', 'mp4'])

const sources = trackedFiles().filter((path) => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(path) && !isTest(path))
const imports = sources.flatMap(importsOf)
const packageOf = (path: string): string => path.split('/')[1]!
const folderOf = (path: string): string => path.split('/')[3]!
/** The package that a bare specifier names: `@openhmp/protocol/rtp` is `protocol`, `@fastify/cookie` itself. */
const bareName = (specifier: string): string => {
  const parts = specifier.split('/')
  if (parts[0] === '@openhmp') return parts[1]!
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!
}
const show = (found: readonly Import[]): string[] => found.map(({ from, specifier }) => `${from} imports ${specifier}`)

describe('floors of ARCHITECTURE.md', () => {
  it('names every package and every folder of protocol', () => {
    expect([...new Set(sources.map(packageOf))].sort()).toEqual([...allowed.keys()].sort())
    const folders = sources.filter((path) => packageOf(path) === 'protocol').map(folderOf)
    expect([...new Set(folders)].filter((folder) => !floorOf.has(folder))).toEqual([])
  })

  it('sees imports at all', () => {
    expect(imports.length).toBeGreaterThan(sources.length / 2)
  })

  it('lets a package import only what its row allows', () => {
    const wrong = imports.filter(
      ({ from, specifier, target }) =>
        target === undefined &&
        !specifier.startsWith('node:') &&
        !allowed.get(packageOf(from))!.has(bareName(specifier)),
    )
    expect(show(wrong)).toEqual([])
  })

  it('keeps relative imports inside their package', () => {
    const wrong = imports.filter(({ from, target }) => target !== undefined && packageOf(target) !== packageOf(from))
    expect(show(wrong.filter(({ target }) => !target!.endsWith('.json')))).toEqual([])
  })

  it('keeps node: out of what runs in the browser', () => {
    const wrong = imports.filter(
      ({ from, specifier }) =>
        ['protocol', 'contract', 'console'].includes(packageOf(from)) && specifier.startsWith('node:'),
    )
    expect(show(wrong)).toEqual([])
  })

  it('gives the console only the browser side of protocol', () => {
    const wrong = imports.filter(
      ({ from, specifier }) =>
        packageOf(from) === 'console' &&
        specifier.startsWith('@openhmp/protocol/') &&
        !consoleMayUse.has(specifier.split('/')[2]!),
    )
    expect(show(wrong)).toEqual([])
  })

  it('lets a folder of protocol import only lower floors', () => {
    const wrong = imports.filter(({ from, target }) => {
      if (packageOf(from) !== 'protocol' || target === undefined || folderOf(from) === folderOf(target)) return false
      return floorOf.get(folderOf(target))! >= floorOf.get(folderOf(from))!
    })
    expect(show(wrong)).toEqual([])
  })

  it('has no circle of files', () => {
    const next = new Map(
      sources.map((path) => [path, importsOf(path).flatMap(({ target }) => (target ? [target] : []))]),
    )
    const state = new Map<string, 'open' | 'done'>()
    const circles: string[] = []
    const walk = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
        return
      }
      state.set(path, 'open')
      for (const target of next.get(path) ?? []) walk(target, [...trail, path])
      state.set(path, 'done')
    }
    for (const path of sources) walk(path, [])
    expect(circles).toEqual([])
  })
})
