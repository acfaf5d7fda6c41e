// SPDX-License-Identifier: Apache-2.0
/** What measures inside the page, as text: these programs know no browser's types. All of it hangs on `globalThis.meter`. */

/** When the first row was painted, and every task over 50 ms; what scrolls, opens and types with a stopwatch. */
export const METER = `
globalThis.meter = (() => {
  const seen = { firstRows: undefined, longTasks: [] }
  const frame = () => document.querySelector('[role="grid"]').parentElement
  const row = () => document.querySelector('tbody tr[aria-rowindex]')
  const when = (holds) => new Promise((resolve) => {
    const look = () => holds() ? requestAnimationFrame(() => resolve(performance.now())) : requestAnimationFrame(look)
    look()
  })
  new PerformanceObserver((list) => {
    for (const { startTime: start, duration: ms } of list.getEntries()) seen.longTasks.push({ start, ms })
  }).observe({ type: 'longtask', buffered: true })
  when(row).then((at) => { seen.firstRows = at })
  return {
    seen: () => seen,
    list: () => performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname.endsWith('/devices'))
      .map((one) => ({
        wire: one.encodedBodySize, unpacked: one.decodedBodySize,
        beginsMs: one.responseStart - one.requestStart, ms: one.duration,
      })).at(-1),
    open: async () => {
      const from = performance.now()
      document.querySelector('nav a[href="/devices"]').click()
      return (await when(row)) - from
    },
    type: async (text) => {
      const box = document.querySelector('input[type="search"]')
      const lead = document.querySelector('header [aria-live]')
      const before = lead.textContent
      const from = performance.now()
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, text)
      box.dispatchEvent(new Event('input', { bubbles: true }))
      return (await when(() => lead.textContent !== before)) - from
    },
    scroll: ({ pixelsASecond, seconds }) => new Promise((resolve) => {
      const box = frame()
      const rowPx = row().offsetHeight
      const count = Number(document.querySelector('[role="grid"]').getAttribute('aria-rowcount')) - 2
      const begun = performance.now()
      const gaps = []
      let before, empty = 0, reached = 0
      const step = (now) => {
        if (before !== undefined) gaps.push(now - before)
        before = now
        // By its number: asking what is at a point would lay the page out once more a frame.
        const due = Math.min(count, Math.floor(reached / rowPx) + 4)
        if (!document.querySelector('tr[aria-rowindex="' + (due + 2) + '"]')) empty++
        if (now - begun < seconds * 1000) {
          reached = ((now - begun) / 1000) * pixelsASecond
          box.scrollTop = reached
          requestAnimationFrame(step)
          return
        }
        gaps.sort((a, b) => a - b)
        resolve({
          frames: gaps.length, seconds: (now - begun) / 1000, worstMs: gaps.at(-1),
          p99Ms: gaps[Math.floor(gaps.length * 0.99)], late: gaps.filter((gap) => gap > 25).length, empty,
        })
      }
      box.scrollTop = 0
      requestAnimationFrame(step)
    }),
  }
})()
`
