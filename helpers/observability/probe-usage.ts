import type { ServiceUsage } from '../host.ts'
import type { Source } from './source.ts'

/** What one part of the stage uses of the machine, or why that is not known. */
export type PartUsage = ServiceUsage | { readonly unknown: string }

/** Ask whoever runs the services what each of them uses. A part that cannot tell does not silence the others. */
export function usageOf(
  usage: () => Promise<Readonly<Record<string, PartUsage>>>,
): Source<Readonly<Record<string, PartUsage>>> {
  return {
    look: () => usage(),
    async [Symbol.asyncDispose]() {
      // Nothing is held between two looks.
    },
  }
}
