// SPDX-License-Identifier: Apache-2.0
/** `package.json` as it is published: of the compiled files, without what only a clone needs. */

/** What the sources need of Node once compiled; the CMS asks SQLite for the columns of a statement, which is newer. */
const NODE = '>=22.13'
const CMS_NODE = '>=22.16'

/** The fields that are read here; the others go through as they are. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports?: Readonly<Record<string, string>>
  readonly sideEffects?: boolean | readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: unknown
  readonly scripts?: unknown
  readonly private?: unknown
  readonly [field: string]: unknown
}

/** `./src/a/index.ts` as `./dist/a/index.js` or `.d.ts`. */
const compiled = (source: string, ending: string): string =>
  source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, ending)

/** `files`: what is in the package besides `dist`. `more`: dependencies that a clone has without saying so. */
export const publishedManifest = (
  manifest: Manifest,
  files: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Record<string, unknown> => {
  const { exports, sideEffects, dependencies, devDependencies: _, scripts: __, private: ___, ...rest } = manifest
  const doors = Object.entries(exports ?? {}).map(([door, source]) => [
    door,
    { types: compiled(source, '.d.ts'), default: compiled(source, '.js') },
  ])
  return {
    ...rest,
    engines: { node: /\/(server|cli)$/.test(manifest.name) ? CMS_NODE : NODE },
    files: ['dist', ...files],
    ...(exports ? { exports: { ...Object.fromEntries(doors), './package.json': './package.json' } } : {}),
    ...(sideEffects === undefined
      ? {}
      : {
          sideEffects: Array.isArray(sideEffects)
            ? sideEffects.map((path) => path.replace(/\.ts$/, '.js'))
            : sideEffects,
        }),
    ...(dependencies || Object.keys(more).length > 0 ? { dependencies: { ...dependencies, ...more } } : {}),
    publishConfig: { access: 'public' },
  }
}
