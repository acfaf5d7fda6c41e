// SPDX-License-Identifier: Apache-2.0
/**
 * The look, as Mantine's theme: graphite and one calm teal. Red, amber and green are kept for what happens at the site,
 * so that colour on this page always means something. Our own tokens (`--hmp-...`) stand in app.css.
 */
import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from '@mantine/core'

const signal: MantineColorsTuple = [
  '#e4faf5',
  '#c6f2e8',
  '#94e4d2',
  '#5fd6bd',
  '#37c9ab',
  '#1fb094',
  '#11937b',
  '#0a7765',
  '#0a6153',
  '#084a40',
]

const dark: MantineColorsTuple = [
  '#e6ebf2',
  '#c5cdd9',
  '#97a3b4',
  '#66738a',
  '#2b3543',
  '#202936',
  '#171e29',
  '#0d1218',
  '#090d12',
  '#05070a',
]

const gray: MantineColorsTuple = [
  '#f5f7f9',
  '#eceff3',
  '#dfe4ea',
  '#cdd5de',
  '#b3bdca',
  '#8793a4',
  '#566275',
  '#414c5d',
  '#2a3442',
  '#161d27',
]

export const theme = createTheme({
  primaryColor: 'signal',
  primaryShade: { light: 7, dark: 4 },
  // Filled buttons are bright in the dark and deep in the light: their text follows, by scheme.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input)
    const isPrimary = input.color === undefined || input.color === input.theme.primaryColor
    return input.variant === 'filled' && isPrimary ? { ...colors, color: 'var(--hmp-on-accent)' } : colors
  },
  autoContrast: true,
  luminanceThreshold: 0.3,
  colors: { signal, dark, gray },
  black: '#131a23',
  fontFamily:
    '"Inter", "Segoe UI Variable Text", "Segoe UI", -apple-system, BlinkMacSystemFont, Roboto, "Noto Sans", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '18px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 350 } },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.6, blur: 3 }, radius: 'lg' },
      styles: {
        content: { background: 'var(--hmp-raised)' },
        header: { background: 'inherit' },
        title: { fontWeight: 640 },
      },
    },
    Paper: { defaultProps: { radius: 'lg' } },
    Menu: { defaultProps: { shadow: 'lg' } },
  },
})
