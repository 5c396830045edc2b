/**
 * Text from the backend, from candidates or from an error is data: it must not colour a terminal, close a table cell,
 * start a link or break an XML file. Everything that cannot be seen is made visible, so that a reader also learns that
 * it was there.
 */

/** Longest text shown in one place, characters. The whole of it is in `verdict.json` and `evidence/`. */
const MAX_LENGTH = 2_000

/**
 * Control characters (ANSI escapes begin with one), invisible and direction-changing characters, half surrogates,
 * and what XML 1.0 does not allow. Newline is handled apart.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu

/** One or more lines of text with nothing invisible left, cut at 2 000 characters (and saying so). */
export function visibleLines(text: string): string {
  const characters = [...text]
  const shown = characters.length > MAX_LENGTH ? characters.slice(0, MAX_LENGTH).join('') : text
  const cut = characters.length > MAX_LENGTH ? `… (${characters.length - MAX_LENGTH} more characters)` : ''
  const visible = shown
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.replace(INVISIBLE, toEscape))
    .join('\n')
  return visible + cut
}

/** As `visibleLines`, on one line. */
export function visibleText(text: string): string {
  return visibleLines(text).replaceAll('\n', ' ⏎ ')
}

/** One line of Markdown that renders as exactly this text: no markup, no HTML, no link, no table cell, no mention. */
export function markdownText(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]#|!~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replaceAll('://', ':\\/\\/')
    .replace(/\bwww\./gi, (prefix) => prefix.replace('.', '\\.'))
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s)/, '$1\\$2')
}

/** A Markdown code block that nothing inside can close. */
export function markdownCodeBlock(lines: readonly string[]): string {
  const text = lines.map(visibleLines).join('\n')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

function toEscape(character: string): string {
  const code = character.codePointAt(0) as number
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
