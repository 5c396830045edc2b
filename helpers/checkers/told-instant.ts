/** A time without a zone is read as local time by whoever is told it: hours wrong for most of the world. */
const NAMES_ITS_ZONE = /(?:Z|[+-]\d\d(?::?\d\d)?)$/
const CLOCK_TIME = /(\d\d:\d\d)(:\d\d)?(?:\.(\d+))?/

/** Who tells more digits than these may keep fewer: in a column of milliseconds they are rounded off. */
const FINEST_UNIT_US = 1_000

/** A moment that somebody was told, as exact as it was told. */
export interface ToldInstant {
  /** Microseconds since 1970: what PostgreSQL keeps. */
  readonly atUs: number
  /** One of its last digit, microseconds; at least a millisecond. */
  readonly unitUs: number
}

/** Does a told time say in which zone it is meant? */
export function namesItsZone(text: string): boolean {
  return NAMES_ITS_ZONE.test(text)
}

/** @returns null for what is no time. One without a zone is read as local time: see {@link namesItsZone}. */
export function readInstant(text: string): ToldInstant | null {
  const [, , seconds, digits] = CLOCK_TIME.exec(text) ?? []
  const fraction = digits ?? ''
  const wholeMs = Date.parse(text.replace(`.${fraction}`, ''))
  if (Number.isNaN(wholeMs)) return null
  if (seconds === undefined) return { atUs: wholeMs * 1_000, unitUs: 60_000_000 }
  return {
    atUs: wholeMs * 1_000 + Math.trunc(Number(`0.${fraction}0`) * 1e6 + 1e-3),
    unitUs: Math.max(FINEST_UNIT_US, 1_000_000 / 10 ** fraction.length),
  }
}
