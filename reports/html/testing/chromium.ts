import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** As Debian, Ubuntu and others call it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const LAUNCH_TIMEOUT_MS = 30_000

/**
 * Start the machine's own Chromium, without a window. The caller closes it.
 *
 * @throws when there is none: a page that no browser has opened is not tested, and must not look as if it were.
 */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    timeout: LAUNCH_TIMEOUT_MS,
    // Its sandbox refuses to run as root, which is what containers and pipelines are.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
}

function chromiumPath(): string {
  const asked = process.env.CHROMIUM_PATH
  if (asked !== undefined && asked !== '') return asked
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
  if (found !== undefined) return found
  throw new Error(
    `No Chromium on this machine (looked for ${NAMES.join(', ')} on the PATH), so report.html cannot be tested. ` +
      'Next: ./bootstrap test, which installs it on Debian and Ubuntu as root; or apt-get install chromium; or set ' +
      'CHROMIUM_PATH to the browser.',
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
