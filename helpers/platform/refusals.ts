/** What the API must answer to one mistake. Without a code only the status is compared. */
export interface ExpectedRefusal {
  readonly status: number
  readonly code?: string
}

/** Every mistake that a guest of phase 5 makes on purpose. */
export const MISTAKES = [
  'expiredToken',
  'reusedRefreshToken',
  'noToken',
  'unreadableToken',
  'malformedBody',
  'missingField',
  'largeBody',
  'unknownAddress',
  'unknownSession',
  'foreignSession',
  'reviewTooEarly',
  'keyConflict',
  'sessionClosed',
  'wrongPassword',
  'tooManyLogIns',
] as const

export type Mistake = (typeof MISTAKES)[number]

/** How the platform says no: in which envelope, and what to which mistake. */
export interface Refusals {
  /** JSON body of every answer that is not 2xx. */
  readonly envelope: RefusalEnvelope
  readonly to: Readonly<Record<Mistake, ExpectedRefusal>>
}

/** Fields within another object are named by their path: `error.code`. */
export interface RefusalEnvelope {
  /** Its fields, all of them and no others; of an object in it its name, or the paths of all of its fields. */
  readonly fields: readonly string[]
  /** The field with the stable code that a program can act on. */
  readonly code: string
  /** What every code looks like; absent: letters, digits, dots, dashes and underscores. */
  readonly codeLike?: RegExp
  /** The field with a sentence for people. */
  readonly message: string
  /** The field that repeats the request id; absent: the body does not. */
  readonly requestId?: string
  /** The field with the list of details; absent: there is none. */
  readonly details?: string
}
