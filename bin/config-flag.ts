import { resolve } from 'node:path'
import { RehearsalError } from '../helpers/errors.ts'

const FLAG = '--config'
const VARIABLE = 'REHEARSAL_CONFIG'

/** Which configuration file was asked for, and the arguments without that. */
export interface ConfigFlag {
  /** Absolute; absent: the project's own. */
  readonly file?: string
  readonly rest: readonly string[]
  readonly problems: readonly RehearsalError[]
}

/**
 * Take `--config <file>` (or `REHEARSAL_CONFIG`) out of the arguments: the file must be known before they are read,
 * because it says what they default to. The flag wins over the variable, the last flag over earlier ones.
 */
export function takeConfigFlag(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): ConfigFlag {
  const rest: string[] = []
  const problems: RehearsalError[] = []
  let named = env[VARIABLE]?.trim() || undefined
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] as string
    const inline = argument.startsWith(`${FLAG}=`)
    if (argument !== FLAG && !inline) {
      rest.push(argument)
      continue
    }
    const value = inline ? argument.slice(FLAG.length + 1) : argv[at + 1]
    if (value === undefined || value === '' || (!inline && value.startsWith('-'))) {
      problems.push(
        new RehearsalError('CONFIG_INVALID', {
          expected: `a file after ${FLAG}`,
          seen: value === undefined || value === '' ? 'none' : JSON.stringify(value),
          next: `Name it: ${FLAG} examples/other-platform/rehearsal.config.ts`,
        }),
      )
      continue
    }
    named = value
    if (!inline) at += 1
  }
  return { ...(named === undefined ? {} : { file: resolve(named) }), rest, problems }
}
