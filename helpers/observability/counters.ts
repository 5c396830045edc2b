import type { History } from '../checkers/checker.ts'
import type { Operation } from '../history/operation.ts'
import type { Verdict } from '../verdict.ts'
import { conclude } from './observed.ts'
import { type RouteTable, routeOf } from './reference-routes.ts'
import type { Samples } from './sample.ts'

/** The check, without its answer. */
export const COUNTERS = {
  id: 'counters-match',
  title: 'The backend counts the requests that candidates counted',
  gate: 'audit-logs',
} as const

interface Look {
  readonly timeUs: number
  readonly requests: Readonly<Record<string, number>>
}

/**
 * Compare the backend's own request counters with the candidates', by route and status.
 *
 * Replies received ≤ counted ≤ replies received + requests that ended without one. So where every request was answered
 * they must be equal. A backend that was started anew counts from zero; then what is compared is what happened after
 * the last start.
 *
 * @param samples the first look at the backend was before the load, the last after it. `usage` tells of restarts that
 *   the counters alone do not show.
 */
export function judgeCounters(
  history: History,
  samples: Pick<Samples, 'backend' | 'usage'>,
  routes: RouteTable,
): Verdict {
  const told = samples.backend.flatMap(({ timeUs, value }) =>
    value?.requests == null ? [] : [{ timeUs, requests: value.requests }],
  )
  const last = told.at(-1)
  const operations = [...history.operations()]
  const lastSentUs = operations.reduce((latest, { timeUs }) => Math.max(latest, timeUs), 0)
  const resets = [...fallen(told), ...startedAnew(samples.usage)]
  const reset = resets.toSorted((one, other) => one.byUs - other.byUs).at(-1)
  const baseline = reset === undefined ? told[0] : undefined
  const gap =
    last === undefined
      ? 'the backend published no request counters'
      : operations.length === 0
        ? 'there is no operation to compare with'
        : last.timeUs < lastSentUs
          ? 'the counters were not read after the last request'
          : reset === undefined && baseline !== undefined && baseline.timeUs > (operations[0] as Operation).timeUs
            ? 'the counters were not read before the first request'
            : !history.complete
              ? 'the history is not complete'
              : undefined
  if (last === undefined || gap !== undefined) return conclude(COUNTERS, [], gap, { counts: { looks: told.length } })

  const seen = countReplies(operations, routes, reset)
  const found: string[] = []
  let counted = 0
  for (const [route, { replies, noReply }] of seen) {
    const prefix = `${route} `
    const keys = new Set([...replies.keys(), ...Object.keys(last.requests).filter((key) => key.startsWith(prefix))])
    for (const key of keys) {
      const delta = countedBy(last, key) - countedBy(baseline, key)
      counted += delta
      const least = replies.get(key)?.sure ?? 0
      const most = (replies.get(key)?.possible ?? 0) + noReply
      if (delta < least) found.push(`${key}: candidates received ${least} replies, the backend counts ${delta}`)
      if (delta > most) found.push(`${key}: candidates sent at most ${most} such requests, the backend counts ${delta}`)
    }
  }
  return conclude(COUNTERS, found, undefined, {
    counts: {
      looks: told.length,
      counted,
      replies: operations.filter(({ status }) => status !== undefined).length,
      withoutReply: operations.filter(({ status }) => status === undefined).length,
      ...(reset === undefined ? {} : { restarted: 1 }),
    },
  })
}

interface RouteCount {
  /** By `<method> <route> <status>`: replies that this process surely gave, and those that it may have given. */
  readonly replies: Map<string, { sure: number; possible: number }>
  /** Requests without a reply; each may have been counted, under any status. */
  noReply: number
}

/** Between these two looks the counters began anew. */
interface Reset {
  readonly afterUs: number
  readonly byUs: number
}

function countReplies(
  operations: readonly Operation[],
  routes: RouteTable,
  reset: Reset | undefined,
): ReadonlyMap<string, RouteCount> {
  const seen = new Map<string, RouteCount>()
  for (const operation of operations) {
    const { method, route } = routeOf(routes, operation.f)
    const name = `${method} ${route}`
    const count = seen.get(name) ?? { replies: new Map(), noReply: 0 }
    seen.set(name, count)
    // Over before the counters began anew: the process that counted it is gone.
    if (reset !== undefined && operation.completedUs !== null && operation.completedUs < reset.afterUs) continue
    if (operation.status === undefined) {
      count.noReply += 1
      continue
    }
    const key = `${name} ${operation.status}`
    const replies = count.replies.get(key) ?? { sure: 0, possible: 0 }
    count.replies.set(key, replies)
    replies.possible += 1
    if (reset === undefined || operation.timeUs >= reset.byUs) replies.sure += 1
  }
  return seen
}

/** Where a counter is lower than it was. */
function fallen(looks: readonly Look[]): readonly Reset[] {
  return pairs(looks).flatMap(([before, look]) =>
    fell(before, look) ? [{ afterUs: before.timeUs, byUs: look.timeUs }] : [],
  )
}

/** Where the host says that the backend was started anew. */
function startedAnew(looks: Samples['usage']): readonly Reset[] {
  const told = looks.flatMap(({ timeUs, value }) => {
    const usage = value?.backend
    return usage === undefined || 'unknown' in usage ? [] : [{ timeUs, startedAt: usage.startedAt }]
  })
  return pairs(told).flatMap(([before, look]) =>
    before.startedAt === look.startedAt ? [] : [{ afterUs: before.timeUs, byUs: look.timeUs }],
  )
}

function pairs<Item>(items: readonly Item[]): readonly (readonly [Item, Item])[] {
  return items.slice(1).map((item, position) => [items[position] as Item, item] as const)
}

function fell(before: Look, after: Look): boolean {
  return Object.entries(before.requests).some(([key, value]) => (after.requests[key] ?? 0) < value)
}

/** A counter that does not exist yet has counted nothing: Prometheus makes one with its first event. */
function countedBy(look: Look | undefined, key: string): number {
  return look?.requests[key] ?? 0
}
