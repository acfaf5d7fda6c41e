// SPDX-License-Identifier: Apache-2.0
/** The mark: a wall of four, one of them lit. */
export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--hmp-logo-ground, #16202c)" />
      <rect x="6" y="7" width="9" height="8" rx="2" fill="#4a586b" />
      <rect x="17" y="7" width="9" height="8" rx="2" fill="#37c9ab" />
      <rect x="6" y="17" width="9" height="8" rx="2" fill="#4a586b" />
      <rect x="17" y="17" width="9" height="8" rx="2" fill="#4a586b" />
    </svg>
  )
}
