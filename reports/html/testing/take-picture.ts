import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { startChromium } from './chromium.ts'

/*
 * A picture of a report as a browser shows it, for README.md and docs/, and for whoever changes how it looks:
 *
 *   node reports/html/testing/take-picture.ts <report.html> <picture.png> [--width 1280] [--height 900] [--dark] [--print]
 *
 * Nothing is changed in the page. Without --height the whole of it is in the picture.
 */

const DESK_HEIGHT = 900

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1280' },
    height: { type: 'string' },
    dark: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
  },
})
const [report, picture, ...more] = positionals
const width = Number(values.width)
const height = values.height === undefined ? undefined : Number(values.height)
const isSize = (pixels: number) => Number.isInteger(pixels) && pixels > 0
if (report === undefined || picture === undefined || more.length > 0 || ![width, height ?? 1].every(isSize)) {
  throw new TypeError('usage: <report.html> <picture.png> [--width <pixels>] [--height <pixels>] [--dark] [--print]')
}

await using browser = await startChromium()
const page = await browser.newPage({
  viewport: { width, height: height ?? DESK_HEIGHT },
  colorScheme: values.dark ? 'dark' : 'light',
})
if (values.print) await page.emulateMedia({ media: 'print' })
await page.goto(pathToFileURL(resolve(report)).href)
await page.screenshot({ path: picture, fullPage: height === undefined })
