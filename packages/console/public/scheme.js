// SPDX-License-Identifier: Apache-2.0
// Sets the colour scheme before the first paint, so that a dark room never sees a white flash.
;(() => {
  let wanted = 'auto'
  try {
    wanted = localStorage.getItem('openhmp.scheme') || 'auto'
  } catch {
    // Storage may be forbidden; the system's choice then stands.
  }
  const isLight = wanted === 'light' || (wanted === 'auto' && matchMedia('(prefers-color-scheme: light)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', isLight ? 'light' : 'dark')
})()
