import { type Code, codes } from '#shared/codes.ts'

/** Ends the judging of one update: it is refused, whole. Never leaves the gate. */
export class Refusal extends Error {
  readonly code: Code

  private constructor(code: Code, reason: string) {
    super(reason)
    this.name = 'Refusal'
    this.code = code
  }

  static malformed(reason: string): Refusal {
    return new Refusal(codes.malformed.code, reason)
  }

  static tooBig(reason: string): Refusal {
    return new Refusal(codes.tooBig.code, reason)
  }
}
