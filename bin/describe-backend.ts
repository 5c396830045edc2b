import { relative } from 'node:path'
import type { OwnBackend } from '../helpers/config/own-backend.ts'

/**
 * Which backend is rehearsed, for the first lines: the image of one's own, or that it is the reference, and which file could
 * have named another. Whoever forgot `--config` would take a GO of the reference for one of theirs.
 *
 * @param backend the one that is configured; undefined: none is
 * @param configFile the configuration, absolute
 * @param from folder that the file is named from, absolute
 */
export function describeBackend(
  backend: Pick<OwnBackend, 'image'> | undefined,
  configFile: string,
  from: string,
): string {
  return backend?.image ?? `the reference (no backend in ${relative(from, configFile)})`
}
