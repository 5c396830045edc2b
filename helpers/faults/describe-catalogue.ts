import { describeBudget } from './budget.ts'
import { FAULT_PARTS, type FaultKind, type FaultPart } from './fault.ts'

const PART_TITLES: Readonly<Record<FaultPart, string>> = {
  redis: 'Redis',
  postgres: 'PostgreSQL',
  backend: 'The backend',
  network: 'The network between candidates and backend',
}

const MARKS = { begin: '<!-- catalogue: begin -->', end: '<!-- catalogue: end -->' } as const

/** The catalogue as Markdown: every fault by part, with what its clients see and what candidates may notice. */
export function describeCatalogue(faults: readonly FaultKind[]): string {
  return FAULT_PARTS.map((part) => {
    const lines = faults.filter((fault) => fault.part === part).map(describeFault)
    return `### ${PART_TITLES[part]}\n\n${lines.join('\n')}\n`
  }).join('\n')
}

/** The page with the catalogue between its marks brought up to date. */
export function withCatalogue(page: string, faults: readonly FaultKind[]): string {
  const from = page.indexOf(MARKS.begin)
  const to = page.indexOf(MARKS.end)
  if (from < 0 || to < from) throw new TypeError(`the page has no ${MARKS.begin} before ${MARKS.end}`)
  return `${page.slice(0, from)}${MARKS.begin}\n\n${describeCatalogue(faults)}\n${page.slice(to)}`
}

function describeFault({ name, contract, candidatesNotice, momentary, budget }: FaultKind): string {
  const notes = [
    ...(momentary ? ['Over as soon as it has happened.'] : []),
    ...(candidatesNotice === 'nothing' ? ['Candidates must notice nothing.'] : []),
    ...(budget === undefined ? [] : [`_Budget: ${describeBudget(budget)}._`]),
  ]
  return `- \`${name}\`: ${[contract, ...notes].join(' ')}`
}
