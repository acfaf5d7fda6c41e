// SPDX-License-Identifier: Apache-2.0
/** What stands around every page: theme, query cache, router, notices. */
import { localStorageColorSchemeManager, MantineProvider, mergeThemeOverrides } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { queries } from './api/client.ts'
import { router } from './router.tsx'
import { theme } from './theme.ts'

const schemes = localStorageColorSchemeManager({ key: 'openhmp.scheme' })
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

// Scroll locks write a style element by themselves and look for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce })

export function App() {
  const { t } = useTranslation()
  const spoken = useMemo(
    () =>
      mergeThemeOverrides(theme, {
        components: { CloseButton: { defaultProps: { 'aria-label': t('common.close') } } },
      }),
    [t],
  )
  return (
    <MantineProvider
      theme={spoken}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
      deduplicateInlineStyles
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" limit={3} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
