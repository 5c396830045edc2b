import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RehearsalError } from '../errors.ts'

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Promises of one's own, beside those of `sql/invariants/`, as they cross processes and are stored. */
export interface OwnInvariants {
  /** Folder of the files, absolute. */
  readonly dir: string
  /** SHA-256 of their names and texts, hex. */
  readonly hash: string
}

/** One file: `no rows = it holds`. */
export interface OwnInvariant {
  readonly id: string
  readonly sql: string
}

/**
 * Read `*.sql` of a folder of one's own: each one SELECT below a first line that is its promise.
 *
 * @param taken names that are not to be had, because `sql/invariants/` has them
 * @returns the files in order, or every problem with them at once, CONFIG_INVALID each
 */
export async function readOwnInvariants(
  dir: string,
  taken: ReadonlySet<string>,
): Promise<{ readonly invariants: readonly OwnInvariant[] } | { readonly problems: readonly RehearsalError[] }> {
  let names: string[]
  try {
    names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort()
  } catch (cause) {
    return { problems: [invalid(`a folder: ${dir}`, cause instanceof Error ? cause.message : String(cause))] }
  }
  if (names.length === 0) return { problems: [invalid(`at least one .sql in ${dir}`, 'none')] }
  const invariants: OwnInvariant[] = []
  const unreadable: RehearsalError[] = []
  for (const name of names) {
    const file = join(dir, name)
    try {
      // A link to nowhere (an editor leaves one for a lock) or a folder of such a name is no promise that was read.
      invariants.push({ id: basename(name, '.sql'), sql: await readFile(file, 'utf8') })
    } catch (cause) {
      unreadable.push(
        invalid(`${file}: a file that can be read`, cause instanceof Error ? cause.message : String(cause)),
      )
    }
  }
  const problems = invariants.flatMap(({ id, sql }) => {
    const file = join(dir, `${id}.sql`)
    const statement = sql.replaceAll(/--.*$/gm, '').trim().replace(/;\s*$/, '')
    return [
      ...(NAME.test(id) ? [] : [invalid(`${file}: a name of small letters, digits and single hyphens`, id)]),
      ...(taken.has(id) ? [invalid(`${file}: a name of its own`, `sql/invariants/${id}.sql`)] : []),
      ...(/^-- \S.*\n/.test(sql) ? [] : [invalid(`${file}: a first line "-- <the promise>."`, firstLine(sql))]),
      ...(/^(?:SELECT|WITH)\b/i.test(statement) && !statement.includes(';')
        ? []
        : [invalid(`${file}: one SELECT below its first line`, firstLine(statement))]),
    ]
  })
  const all = [...unreadable, ...problems]
  return all.length > 0 ? { problems: all } : { invariants }
}

/** The folder with the hash of what is in it. */
export function ownInvariants(dir: string, invariants: readonly OwnInvariant[]): OwnInvariants {
  return { dir, hash: createHash('sha256').update(JSON.stringify(invariants)).digest('hex') }
}

function firstLine(text: string): string {
  return JSON.stringify(text.split('\n', 1)[0]?.slice(0, 80) ?? '')
}

function invalid(expected: string, seen: string): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', { expected, seen, next: 'Correct the folder that sqlDir names.' })
}
