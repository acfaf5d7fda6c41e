// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware with publicly known holes that let strangers in, told by model and build date. Only what the vendor's own
 * advisories and the CVE entries say; a device that is not listed is not proven to be sound.
 */

/** A hole, and which firmware has it. */
export interface KnownHole {
  /** `CVE-2021-36260`. */
  readonly id: string
  readonly text: string
  /** Where it is described. */
  readonly source: string
  readonly models: RegExp
  /** Builds from this date on (`YYMMDD`). */
  readonly fromBuild: number
  /** Builds before this date have it. */
  readonly beforeBuild: number
}

/** Build dates are those of the vendor's advisories; the ranges of several series are joined into their widest. */
export const knownHoles: readonly KnownHole[] = [
  {
    id: 'CVE-2017-7921',
    text: 'anyone can read the users and take pictures without a password',
    source: 'https://www.cve.org/CVERecord?id=CVE-2017-7921 (vendor notice HSRC-201703-04)',
    models: /^DS-2(CD2..2F|CD2..0F|CD2..2FWD|CD4|CD63|DF)/i,
    fromBuild: 140721,
    beforeBuild: 170123,
  },
  {
    id: 'CVE-2021-36260',
    text: 'anyone who reaches its web server can run commands on it',
    source: 'https://www.cve.org/CVERecord?id=CVE-2021-36260 (vendor notice HSRC-202109-01)',
    models: /^(DS-2CD|DS-2DE|DS-2DF|DS-2DY|DS-2TD|DS-2XE|IDS-2)/i,
    fromBuild: 0,
    beforeBuild: 210625,
  },
]

/** The holes of a device. `released`: `build 210910`, or part of the version. Unknown dates give none. */
export const holesOf = (model: string, firmwareVersion: string, released = ''): readonly KnownHole[] => {
  const build = Number(/build\s*(\d{6})/i.exec(`${released} ${firmwareVersion}`)?.[1] ?? Number.NaN)
  return knownHoles.filter(
    ({ models, fromBuild, beforeBuild }) => models.test(model) && build >= fromBuild && build < beforeBuild,
  )
}
