import { unplayableOn } from '../faults/unplayable-on.ts'
import { type Capability, lacking } from './capabilities.ts'
import { checkPlatform } from './load-platform.ts'
import { readMapping } from './map-sql.ts'
import { platformHash } from './platform-hash.ts'

/** The platform of a run, as it crosses processes and is stored: every process loads the module for itself. */
export interface RunPlatform {
  /** The module, absolute. */
  readonly file: string
  readonly name: string
  /** SHA-256 of everything that the adapter is made of, hex; see `platformHash`. */
  readonly hash: string
  /** What it declares not to have. */
  readonly lacks: readonly Capability[]
  /** Names of the faults that it cannot be broken by; absent: none. */
  readonly unplayable?: readonly string[]
}

/** Load and check the module of a run and its mapping. Never throws. @returns the platform, or every problem with it */
export async function runPlatform(
  file: string,
): Promise<
  { readonly platform: RunPlatform } | Extract<Awaited<ReturnType<typeof checkPlatform>>, { problems: unknown }>
> {
  const checked = await checkPlatform(file)
  if ('problems' in checked) return checked
  const { name, capabilities, schema } = checked.platform
  const mapping = schema === undefined ? undefined : await readMapping(schema)
  if (mapping !== undefined && 'problems' in mapping) return mapping
  const unplayable = unplayableOn(checked.platform).map((fault) => fault.name)
  return {
    platform: {
      ...{ file, name, hash: await platformHash(file, schema), lacks: lacking(capabilities) },
      ...(unplayable.length === 0 ? {} : { unplayable }),
    },
  }
}
