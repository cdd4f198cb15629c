/** The colour tokens of a sheet: name → what it is in light and in dark. */
export interface TwoModes {
  readonly light: string
  readonly dark: string
}

export function palette(css: string): ReadonlyMap<string, TwoModes> {
  const tokens = new Map<string, TwoModes>()
  for (const [, name, light, dark] of css.matchAll(
    /--([\w-]+):\s*light-dark\(\s*(#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\s*\)/gi,
  ))
    if (name !== undefined && light !== undefined && dark !== undefined) tokens.set(name, { light, dark })
  for (const [, name, both] of css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/gi))
    if (name !== undefined && both !== undefined) tokens.set(name, { light: both, dark: both })
  return tokens
}
