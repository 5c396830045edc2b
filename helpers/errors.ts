/**
 * Errors for people. One table of stable codes; `docs/errors.md` documents each (tested). A retired code is never
 * used again.
 *
 * `exitCode` is what the run ends with when this error is what ended it: 3 nothing was rehearsed (bad input, no
 * engine), 2 inconclusive.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: { exitCode: 3, title: 'A setting has a value that cannot be used' },
  PLATFORM_INVALID: { exitCode: 3, title: 'The module of the platform cannot be used' },
  PROFILE_UNKNOWN: { exitCode: 3, title: 'There is no profile of that name' },
  SUITE_UNKNOWN: { exitCode: 3, title: 'There is no rehearsal phase of that name' },
  HOST_UNAVAILABLE: { exitCode: 3, title: 'The requested host cannot run here' },
  OUTSIDE_REFUSED: { exitCode: 3, title: 'The platform outside must not be rehearsed as it is' },
  ENGINE_UNREACHABLE: { exitCode: 3, title: 'No container engine answers' },
  IMAGE_UNAVAILABLE: { exitCode: 3, title: 'A container image is neither present nor pullable' },
  DISK_TOO_SMALL: { exitCode: 3, title: 'Not enough free disk space' },
  MEMORY_TOO_SMALL: { exitCode: 3, title: 'Not enough free memory' },
  RUN_FOLDER_UNWRITABLE: { exitCode: 3, title: 'The folder of the run cannot be written' },
  RUN_UNKNOWN: { exitCode: 3, title: 'There is no run of that name' },
  RUNTIME_TOO_OLD: { exitCode: 3, title: 'Node.js is too old' },
  SERVICE_START_FAILED: { exitCode: 2, title: 'A service did not become ready' },
  SERVICE_LOST: { exitCode: 2, title: 'A service or the engine went away' },
  DEADLINE_EXCEEDED: { exitCode: 2, title: 'A wait took longer than it was given' },
  EVIDENCE_UNREADABLE: { exitCode: 2, title: 'Evidence could not be read' },
  GENERATOR_LOST: { exitCode: 2, title: 'A thread of the load generator ended before the day was over' },
  HISTORY_UNWRITABLE: { exitCode: 2, title: 'The history could not be written' },
  INTERRUPTED: { exitCode: 2, title: 'The run was interrupted' },
  LEFT_BEHIND: { exitCode: 2, title: 'Something of the run could not be removed' },
  MAPPING_INVALID: { exitCode: 2, title: 'The mapping of the tables does not fit the database' },
  PRECONDITION_FAILED: { exitCode: 2, title: 'The stage is not fit for a rehearsal' },
  BACKUP_FAILED: { exitCode: 2, title: 'A backup could not be taken or restored' },
  NOT_MENDED: { exitCode: 2, title: 'The platform did not put right what it puts right by itself' },
  FAULT_NOT_SET: { exitCode: 2, title: 'A fault is not there although it was injected' },
} as const satisfies Record<string, { exitCode: 2 | 3; title: string }>

export type ErrorCode = keyof typeof ERROR_CODES

export interface ErrorDetails {
  /** What was needed, with units. */
  readonly expected: string
  /** What was found instead. */
  readonly seen: string
  /** The next step a person can take. */
  readonly next: string
  /** Which service it is about, human name. */
  readonly service?: string
  readonly cause?: unknown
}

/** The one error class of this project. The message carries everything; the fields carry it for machines. */
export class RehearsalError extends Error {
  readonly code: ErrorCode
  readonly expected: string
  readonly seen: string
  readonly next: string
  readonly service: string | undefined

  constructor(code: ErrorCode, details: ErrorDetails) {
    const about = details.service === undefined ? '' : ` (${details.service})`
    super(
      `${code}: ${ERROR_CODES[code].title}${about}\n  expected: ${details.expected}\n  seen:     ${details.seen}\n  next:     ${details.next}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.name = 'RehearsalError'
    this.code = code
    this.expected = details.expected
    this.seen = details.seen
    this.next = details.next
    this.service = details.service
  }

  get exitCode(): 2 | 3 {
    return ERROR_CODES[this.code].exitCode
  }
}
