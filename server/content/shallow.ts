/** How deep content is nested, found without recursion: what is judged here would end a stack. */
import { InvalidContent } from './port.ts'

/** What stands in one thing of a tree; `told` names them in the refusal. */
interface Nesting<T> {
  readonly most: number
  readonly told: string
  readonly within: (one: T) => readonly T[]
}

/** `level` is what stands at the first level. Throws InvalidContent where something stands deeper than `most`. */
export function assertShallow<T>(level: readonly T[], { most, told, within }: Nesting<T>): void {
  let depth = 0
  for (let here = level; here.length > 0; here = here.flatMap(within)) {
    depth += 1
    if (depth > most) throw new InvalidContent('', `nested deeper than ${most} ${told}`)
  }
}
