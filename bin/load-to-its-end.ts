import { RehearsalError } from '../helpers/errors.ts'

/** What Node.js ends with when a module still waits for something and nothing is left that could settle it. */
const NEVER_SETTLED = 13
const NOTHING_REHEARSED = 3

/**
 * Load a module of somebody else's. When it waits for what never settles, Node.js ends the whole program in the middle of
 * this: then `code` is told, and the program ends with 3.
 */
export async function loadToItsEnd<Loaded>(
  file: string,
  code: 'CONFIG_INVALID' | 'PLATFORM_INVALID',
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  const onExit = () => {
    if (process.exitCode !== NEVER_SETTLED) return
    const { message } = new RehearsalError(code, {
      expected: `${file} is loaded to its end`,
      seen: 'an await, in it or in what it imports, that never settles',
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
