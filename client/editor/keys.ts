/** Keys as people read them, and as assistive technology does. */

const spoken: Readonly<Record<string, string>> = { Mod: 'Control', Alt: 'Alt', Shift: 'Shift' }
const apple: Readonly<Record<string, string>> = { Mod: '⌘', Alt: '⌥', Shift: '⇧' }

export function isApple(): boolean {
  return /^(Mac|iP)/.test(navigator.platform)
}

/** `Mod-Shift-x` → `Ctrl+Shift+X`, or `⌘⇧X`. */
export function keysShown(keys: string): string {
  const parts = keys.split('-')
  if (isApple()) return parts.map((part) => apple[part] ?? part.toUpperCase()).join('')
  return parts.map((part) => (part === 'Mod' ? 'Ctrl' : (spoken[part] ?? part.toUpperCase()))).join('+')
}

/** `Mod-Shift-x` → `Control+Shift+X`, for aria-keyshortcuts. */
export function keysSpoken(keys: string): string {
  const mod = isApple() ? 'Meta' : 'Control'
  return keys
    .split('-')
    .map((part) => (part === 'Mod' ? mod : (spoken[part] ?? part.toUpperCase())))
    .join('+')
}
