import { RehearsalError } from '../helpers/errors.ts'

/** What Node.js ends with when a module still waits for something and nothing is left that could settle it. */
const NEVER_SETTLED = 13
const NOTHING_REHEARSED = 3

/**
 * Load a module of somebody else's. When the program ends in the middle of this, because the module waits for what never
 * settles, ends the program itself, or throws where nobody can catch it, then `code` is told and the program ends with 3:
 * whatever code it would have ended with, 0 and 1 mean GO and NO-GO, and nothing was rehearsed.
 */
export async function loadToItsEnd<Loaded>(
  file: string,
  code: 'CONFIG_INVALID' | 'PLATFORM_INVALID',
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  const onExit = (exitCode: number) => {
    const { message } = new RehearsalError(code, {
      expected: `${file} is loaded to its end`,
      seen:
        exitCode === NEVER_SETTLED
          ? 'an await, in it or in what it imports, that never settles'
          : `the program was ended meanwhile, with exit code ${exitCode}: by process.exit() in it or in what it imports, or by an error that nobody caught`,
      next: `Correct ${file}.`,
    })
    process.stderr.write(`${message}\n`)
    process.exitCode = NOTHING_REHEARSED
  }
  process.on('exit', onExit)
  try {
    return await load()
  } finally {
    process.off('exit', onExit)
  }
}
