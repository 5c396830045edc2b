import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const GIT_TIMEOUT_MS = 10_000

/**
 * Which source is rehearsed: the commit, and whether files differ from it. null: not known, because `dir` is no git
 * checkout or there is no git; a rehearsal does not need it, its report only says so.
 */
export async function sourceState(
  dir: string,
): Promise<{ readonly sha: string | null; readonly dirty: boolean | null }> {
  const sha = await git(dir, ['rev-parse', 'HEAD'])
  const changes = sha === null ? null : await git(dir, ['status', '--porcelain'])
  return { sha: sha === null ? null : sha.trim(), dirty: changes === null ? null : changes.trim() !== '' }
}

async function git(dir: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd: dir, timeout: GIT_TIMEOUT_MS })
    return stdout
  } catch (error) {
    // Whatever the reason is (no git, no checkout, a folder of another owner), the answer is "not known".
    if (error instanceof Error) return null
    throw error
  }
}
