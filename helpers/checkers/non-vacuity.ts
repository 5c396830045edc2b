import type { Checker } from './checker.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * Before an operation of which those candidates of the plan are counted who did it: what some do twice, or a guest does, must
 * not stand in for who never did it.
 */
const OF_CANDIDATES = 'candidates/'
const STARTED = `${OF_CANDIDATES}create-session`

/**
 * C2: enough of everything happened for the history to mean anything. Never false: a history in which too little
 * succeeded proves nothing, and whether that is the backend's fault is for other checks to say.
 *
 * That each fault was felt is proven by the faults themselves.
 */
export const nonVacuity: Checker = {
  id: 'non-vacuity',
  title: 'Enough of every operation succeeded for the history to mean anything',
  gate: 'evidence-complete',
  check(history, _evidence, expectations) {
    const demanded = Object.entries(expectations.minimumOk)
    if (demanded.length === 0) return unknownVerdict(this, 'the plan demands nothing, so anything would do')
    const ok: Record<string, number> = {}
    const planned = new Set(expectations.candidates)
    const candidates = new Map<string, Set<string>>()
    for (const [key] of demanded) if (key.startsWith(OF_CANDIDATES)) candidates.set(key, new Set())
    for (const operation of history.operations()) {
      if (operation.outcome !== 'ok') continue
      const ofStep = `${operation.step}/${operation.f}`
      ok[operation.f] = (ok[operation.f] ?? 0) + 1
      ok[ofStep] = (ok[ofStep] ?? 0) + 1
      if (!planned.has(operation.candidate)) continue
      candidates.get(`${OF_CANDIDATES}${operation.f}`)?.add(operation.candidate)
      // Whoever never heard of its start, and found its session, has started all the same.
      if (operation.f === 'current-session') candidates.get(STARTED)?.add(operation.candidate)
    }
    for (const [key, seen] of candidates) ok[key] = seen.size
    const findings = collectFindings(this, history, expectations)
    const counts: Record<string, number> = {}
    const short: string[] = []
    for (const [key, minimum] of demanded) {
      // A key that was never counted is a measured zero: the whole history was looked through.
      const seen = ok[key] ?? 0
      counts[key] = seen
      if (seen < minimum) short.push(`${key}: ${seen} of at least ${minimum}`)
    }
    if (short.length > 0) findings.undecided(`too little succeeded: ${short.join('; ')}`)
    return findings.conclude(counts)
  },
}
