import { visibleLines } from '../hostile-text.ts'

/** HTML that was made here and may be put into a page as it is. Nothing else is. */
export interface Markup {
  readonly html: string
}

type Part = Markup | string | number | readonly Part[]

/**
 * A template whose holes are text unless they are `Markup`: escaping cannot be forgotten. Text is made visible and
 * bounded as everywhere (`hostile-text.ts`), so that it can neither become an element nor turn around what follows it.
 */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const made = literals.map((literal, index) => (index === 0 ? literal : render(parts[index - 1] as Part) + literal))
  return { html: made.join('') }
}

/** Text as HTML shows it, in an element or in a quoted attribute; line ends are kept. */
export function escapeHtml(text: string): string {
  return visibleLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Nothing. */
export const NOTHING: Markup = { html: '' }

function render(part: Part): string {
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return escapeHtml(String(part))
  if (Array.isArray(part)) return part.map(render).join('')
  return (part as Markup).html
}
