import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RehearsalError } from '../helpers/errors.ts'
import { readToolFlags } from './tool-flags.ts'
import { type Say, sayToStandardOutput } from './tool-output.ts'

const PROJECT_DIR = fileURLToPath(new URL('../', import.meta.url))
/** Real files, so that they compile and are checked like everything else. */
const STARTER = join(PROJECT_DIR, 'examples', 'starter')
/** How the starter reaches the project; another folder reaches it by another way. */
const STARTER_PREFIX = /(?<=['"])\.\.\/\.\.\//g
const DEFAULT_FOLDER = 'my-platform'

/**
 * `init [folder]`: writes a configuration, an adapter and a schema mapping to start from, each with comments, and
 * what the types are checked with. All of it
 * or, when one of the files is there already, nothing.
 *
 * @returns 0 written; 3 bad input, or a file is in the way
 */
export async function initCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say = sayToStandardOutput,
): Promise<0 | 3> {
  const { positionals, problems } = readToolFlags(argv, env, {})
  const [given = DEFAULT_FOLDER, ...more] = positionals
  if (more.length > 0) {
    problems.push(
      new RehearsalError('CONFIG_INVALID', {
        expected: 'one folder',
        seen: positionals.join(', '),
        next: 'Name the folder that the files are to be written to.',
      }),
    )
  }
  const folder = resolve(given)
  const files = (await readdir(STARTER, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(STARTER, join(entry.parentPath, entry.name)))
    .sort()
  let taken: readonly string[] = []
  try {
    taken = await namesTaken(folder, files)
  } catch (error) {
    problems.push(unwritable(folder, error))
  }
  if (taken.length > 0) {
    problems.push(
      new RehearsalError('CONFIG_INVALID', {
        expected: `a folder without ${files.join(', ')}`,
        seen: `${taken.join(', ')} in ${folder}`,
        next: 'Name another folder: nothing that is there is overwritten.',
      }),
    )
  }
  if (problems.length > 0) {
    for (const problem of problems) say(problem.message)
    return 3
  }
  try {
    // All folders first: one that cannot be made is found before the first file is there.
    for (const file of files) await mkdir(dirname(join(folder, file)), { recursive: true })
    for (const file of files) {
      const path = join(folder, file)
      const text = await readFile(join(STARTER, file), 'utf8')
      // `wx`: what came in the way meanwhile is not overwritten either.
      await writeFile(path, text.replaceAll(STARTER_PREFIX, wayToProject(dirname(path))), { flag: 'wx' })
      say(`wrote   ${path}`)
    }
  } catch (error) {
    say(unwritable(folder, error).message)
    return 3
  }
  const config = relative(process.cwd(), join(folder, 'rehearsal.config.ts'))
  const types = relative(process.cwd(), folder) || '.'
  say(`
Next:
  1. platform.ts: paths, fields and status codes of your API, and seed(), which registers an exam
  2. schema/: your tables; platform.ts names the folder
  3. rehearsal.config.ts: the image of your backend, and what it wants to know
  4. pnpm exec tsc --project ${types}: what the types miss
  5. node bin/rehearse.ts run --config ${config} --profile smoke --only 2-load
docs/own-backend.md goes through it with an example that runs.`)
  return 0
}

/** A file where a folder must be, or a folder that this user may not look into or write. */
function unwritable(folder: string, cause: unknown): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', {
    expected: `a folder that can be made and written: ${folder}`,
    seen: cause instanceof Error ? cause.message : String(cause),
    next: 'Name another folder.',
    cause,
  })
}

async function namesTaken(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    files.map(async (file) => {
      try {
        await access(join(folder, file))
        return [file]
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    }),
  )
  return found.flat()
}

/** How a file of that folder reaches this project, up to the last slash. */
function wayToProject(folder: string): string {
  const way = relative(folder, PROJECT_DIR).split(sep).join('/')
  return `${way === '' ? '.' : way.startsWith('.') ? way : `./${way}`}/`
}
