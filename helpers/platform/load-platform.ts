import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describeLoadError } from '../describe-load-error.ts'
import { RehearsalError } from '../errors.ts'
import type { ExamPlatform } from './exam-platform.ts'
import { platformProblems } from './platform-problems.ts'
import reference from './reference-platform.ts'

/** Where the reference platform is, absolute. */
export const REFERENCE_PLATFORM = fileURLToPath(new URL('./reference-platform.ts', import.meta.url))

/**
 * The platform that a module exports.
 *
 * @param file the module, absolute; absent: the reference
 * @throws PLATFORM_INVALID, the first of what `checkPlatform` would have told; a run has been checked before
 */
export async function loadPlatform(file?: string): Promise<ExamPlatform> {
  if (file === undefined) return reference
  const checked = await checkPlatform(file)
  if ('platform' in checked) return checked.platform
  throw checked.problems[0]
}

/** The platform that a module exports, or everything that is wrong with it. Never throws. */
export async function checkPlatform(
  file: string,
): Promise<{ readonly platform: ExamPlatform } | { readonly problems: readonly RehearsalError[] }> {
  let loaded: { readonly default?: unknown }
  try {
    loaded = await import(/* @vite-ignore */ pathToFileURL(file).href)
  } catch (cause) {
    return {
      problems: [
        new RehearsalError('PLATFORM_INVALID', {
          expected: `${file} can be loaded`,
          seen: describeLoadError(cause),
          next: 'Correct `platform` in the configuration, or the module.',
          cause,
        }),
      ],
    }
  }
  const problems = platformProblems(loaded.default).map(
    ({ expected, seen }) =>
      new RehearsalError('PLATFORM_INVALID', { expected, seen, next: `Correct ${file}; see docs/adapter.md.` }),
  )
  if (problems.length > 0) return { problems }
  const platform = loaded.default as ExamPlatform
  const { schema } = platform
  // Whoever reads the folder must not have to know where the module was.
  return {
    platform:
      schema === undefined || isAbsolute(schema) ? platform : { ...platform, schema: resolve(dirname(file), schema) },
  }
}
