// SPDX-License-Identifier: Apache-2.0
/** How the console is built: no inline scripts and no data: URLs, because the server's policy allows neither. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The server that `vite` (hot reload) hands the API to. */
const server = process.env['HMP_URL'] ?? 'https://localhost:8443'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Else a page is made of eighty files, and a browser asks for six at a time.
        codeSplitting: {
          groups: [
            {
              name: 'frame',
              test: /node_modules.(@mantine|@floating-ui|react-remove-scroll|react-number-format|clsx)/,
            },
            { name: 'icons', test: /node_modules.@tabler/ },
            { name: 'base', test: /node_modules.(react|react-dom|scheduler|@tanstack|i18next|react-i18next|zod)\b/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: {
    // The server takes orders from its own pages alone: what comes through here counts as them.
    proxy: { '/api': { target: server, secure: false, ws: true, changeOrigin: true, headers: { origin: server } } },
  },
})
