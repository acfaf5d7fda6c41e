// SPDX-License-Identifier: Apache-2.0
/**
 * The packages as they are published: compiled one after another against the compiled ones before it, so that what a stranger
 * gets is what was checked. The sources themselves are no use to him: Node strips no types below `node_modules`.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '../house/sources.ts'
import { type Manifest, publishedManifest } from './manifest.ts'

interface Plan {
  readonly name: string
  /** Beside `dist`: taken as they are. */
  readonly files?: readonly string[]
  /** What may not be taken of them. */
  readonly leftOut?: RegExp
  readonly more?: readonly string[]
}

/** In the order in which they need each other. */
const plans: readonly Plan[] = [
  { name: 'protocol' },
  { name: 'contract' },
  { name: 'client' },
  { name: 'emulator', files: ['media'], leftOut: /\/media\/draw(\/|$)/ },
  { name: 'agent' },
  { name: 'server' },
  { name: 'console' },
  { name: 'cli', files: ['bin'], more: ['console'] },
]

/** A package as it stands in the stage. */
export interface Packed {
  readonly name: string
  readonly version: string
  /** Its folder, ready for `npm pack` or `npm publish`. */
  readonly folder: string
}

/** A compiler said no: `message` is what it printed. */
export class PackError extends Error {
  override readonly name = 'PackError'
}

/**
 * Compiles all packages into `stage`, a folder below the root of the repository (their dependencies are found from there).
 * The console must be built. Throws `PackError`.
 */
export const packAll = (stage: string, onPackage: (name: string) => void = () => {}): Packed[] => {
  rmSync(stage, { recursive: true, force: true })
  const links = join(stage, 'node_modules', '@openhmp')
  mkdirSync(links, { recursive: true })
  return plans.map((plan) => {
    const packed = packOne(stage, plan)
    symlinkSync(join('../../packages', plan.name), join(links, plan.name))
    onPackage(packed.name)
    return packed
  })
}

const packOne = (stage: string, { name, files = [], leftOut, more = [] }: Plan): Packed => {
  const source = join(root, 'packages', name)
  const folder = join(stage, 'packages', name)
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest
  mkdirSync(folder, { recursive: true })
  if (name === 'console') cpSync(join(source, 'dist'), join(folder, 'dist'), { recursive: true })
  else compile(source, folder, name === 'protocol')
  for (const file of files)
    cpSync(join(source, file), join(folder, file), { recursive: true, filter: (path) => !leftOut?.test(path) })
  for (const page of [join(source, 'README.md'), join(root, 'LICENSE')])
    if (existsSync(page)) cpSync(page, join(folder, basename(page)))
  const known = name === 'console' ? { ...manifest, dependencies: undefined } : manifest
  const others = Object.fromEntries(more.map((other) => [`@openhmp/${other}`, manifest.version]))
  const published = publishedManifest(known as Manifest, files, others)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`)
  return { name: manifest.name, version: manifest.version, folder }
}

/** `target` makes ordinary code of `using`, which Node 22 does not read. The types were checked by `npm run check`. */
const compile = (source: string, folder: string, isIsomorphic: boolean): void => {
  cpSync(join(source, 'src'), join(folder, 'src'), { recursive: true, filter: (path) => !/\.test\.tsx?$/.test(path) })
  const options = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      ...{ rootDir: 'src', outDir: 'dist', noEmit: false, noCheck: true, declaration: true, target: 'es2022' },
      ...{ allowImportingTsExtensions: false, rewriteRelativeImportExtensions: true },
      types: isIsomorphic ? ['./src/base/platform.d.ts'] : ['node'],
    },
    include: ['src'],
  }
  const config = join(folder, 'tsconfig.json')
  writeFileSync(config, JSON.stringify(options))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const done = spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' })
  if (done.status !== 0) throw new PackError(`${basename(folder)} does not compile:\n${done.stdout}${done.stderr}`)
  for (const used of [config, join(folder, 'src')]) rmSync(used, { recursive: true })
  for (const file of readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.d.ts')) nameCompiled(join(folder, 'dist', file))
}

/** The compiler leaves `./x.ts` in declarations as it is; not every reader of them finds `x.d.ts` by that. */
const nameCompiled = (file: string): void => {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/(from |import\()(['"]\.[^'"]*)\.ts(['"])/g, '$1$2.js$3'))
}
