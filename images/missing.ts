/**
 * Prints what the engine has of every image of the stage, a line each: `<key> override|upstream|local|missing`.
 * With `--pull`, what is missing is pulled first, where its registry gives it. `./bootstrap` reads this.
 *
 * Exit: 0 printed, 1 something is wrong that building does not mend (printed on standard error), 4 no engine answers.
 */

import { containerEngine } from '../fixtures/hosts/engine.ts'
import { findImage, IMAGE_KEYS, IMAGES, resolveImage } from '../fixtures/images.ts'
import { RehearsalError } from '../helpers/errors.ts'

const NO_ENGINE = 4

async function main(mayPull: boolean): Promise<number> {
  const { docker } = await containerEngine()
  const lines = await Promise.all(
    IMAGE_KEYS.map(async (key) => {
      const found = await findImage(key, docker)
      if (found !== undefined) return `${key} ${found.source}`
      if (!mayPull) return `${key} missing`
      try {
        return `${key} ${(await resolveImage(key, docker)).source}`
      } catch (error) {
        const ofTheUser = process.env[IMAGES[key].override]
        // An image that the user named is never replaced by one that we build.
        if (ofTheUser || !(error instanceof RehearsalError && error.code === 'IMAGE_UNAVAILABLE')) throw error
        process.stderr.write(`images: ${IMAGES[key].upstream}: ${error.seen.trim()}\n`)
        return `${key} missing`
      }
    }),
  )
  process.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

try {
  process.exitCode = await main(process.argv.includes('--pull'))
} catch (error) {
  process.stderr.write(`images: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof RehearsalError && error.code === 'ENGINE_UNREACHABLE' ? NO_ENGINE : 1
}
