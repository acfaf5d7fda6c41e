// SPDX-License-Identifier: Apache-2.0
/** Which language is spoken: what the person chose here, else what the browser asks for. A catalogue is fetched when it is needed. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en.ts'

export const languages = { en: 'English', 'zh-CN': '简体中文' } as const
export type Language = keyof typeof languages

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'text'
    resources: { text: typeof en }
  }
}

const KEY = 'openhmp.language'

/** The first language of the list that we have; any Chinese is met with Simplified Chinese. */
const matchLanguage = (wanted: readonly string[]): Language => {
  for (const tag of wanted) {
    if (/^zh\b/i.test(tag)) return 'zh-CN'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}

/** What was chosen on this machine, if anything was. */
export const chosenLanguage = (): Language | undefined => {
  const chosen = localStorage.getItem(KEY)
  return chosen !== null && chosen in languages ? (chosen as Language) : undefined
}

/** Speaks this language from now on; `isChoice` also remembers it. */
export const speak = async (language: Language, isChoice: boolean): Promise<void> => {
  if (language === 'zh-CN' && !i18next.hasResourceBundle('zh-CN', 'text')) {
    const { zhCN } = await import('./zh-CN.ts')
    i18next.addResourceBundle('zh-CN', 'text', zhCN)
  }
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
  if (isChoice) localStorage.setItem(KEY, language)
}

/** Called once, before the first rendering. */
export const startText = async (): Promise<void> => {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'text',
    ns: ['text'],
    resources: { en: { text: en } },
    interpolation: { escapeValue: false },
  })
  await speak(chosenLanguage() ?? matchLanguage(navigator.languages), false)
}
