// SPDX-License-Identifier: Apache-2.0
// Shows what the server tells while no page is open (Push API). Keeps nothing and asks nothing.
self.addEventListener('push', (event) => {
  const { id, title, text, time } = event.data.json()
  // The same tag: a repeat takes the place of the first.
  const note = { body: text, tag: id, icon: '/favicon.svg', timestamp: time ?? Date.now() }
  event.waitUntil(self.registration.showNotification(title, note))
})
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const show = async () => {
    const pages = await self.clients.matchAll({ type: 'window' })
    if (pages[0]) await pages[0].focus()
    else await self.clients.openWindow('/events')
  }
  event.waitUntil(show())
})
