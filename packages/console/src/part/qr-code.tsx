// SPDX-License-Identifier: Apache-2.0
/** A QR code: black on white in every scheme, since many readers want it so. The text it holds has to stand beside it, too. */
import { useMemo } from 'react'
import { encode } from 'uqr'
import css from './qr-code.module.css'

export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    // Four modules of white around it (ISO/IEC 18004, section 6.3.8).
    const { size, data } = encode(text, { border: 4 })
    const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    return { size, path: dark.join('') }
  }, [text])
  return (
    <svg className={css['code']} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  )
}
