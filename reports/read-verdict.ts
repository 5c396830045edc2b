import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunVerdict, runVerdictSchema } from '../helpers/run-verdict.ts'

/** The verdict of the run in a folder, or why there is none that can be read. Never throws. */
export async function readVerdict(
  runDir: string,
): Promise<{ readonly verdict: RunVerdict } | { readonly unreadable: string }> {
  try {
    const parsed = runVerdictSchema.safeParse(JSON.parse(await readFile(join(runDir, 'verdict.json'), 'utf8')))
    if (parsed.success) return { verdict: parsed.data }
    const [issue] = parsed.error.issues
    return { unreadable: `verdict.json is not of this schema: ${issue?.path.join('.')}: ${issue?.message}` }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) }
  }
}
