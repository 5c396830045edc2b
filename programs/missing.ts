/**
 * Prints the key of every program of a stage without containers that this machine has not, one a line, and on standard
 * error what was found instead. `./bootstrap` reads this.
 */

import { findProgram, PROGRAM_KEYS, PROGRAMS } from '../fixtures/hosts/process-programs.ts'
import { RehearsalError } from '../helpers/errors.ts'

for (const key of PROGRAM_KEYS) {
  try {
    await findProgram(key)
  } catch (error) {
    // What the user named is never replaced by anything that we bring.
    if (!(error instanceof RehearsalError) || process.env[PROGRAMS[key].override]?.trim()) throw error
    process.stderr.write(`programs: ${key}: ${error.seen}\n`)
    process.stdout.write(`${key}\n`)
  }
}
