const PRODUCTION = /^(?:prod|production|prd|live)$/
const TEST =
  /^(?:staging|stage|stg|test|tests|testing|tst|dev|develop|development|qa|uat|preprod|preview|sandbox|demo|rehearsal|ci|local|localhost)$/
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i

/**
 * Why these names (a host; a host and the database on it) look like production, in words; undefined when they do not.
 * Words of a name decide, apart from digits and dots: `prod` in any of them is production. Otherwise one must say that
 * it is for tests, or be this machine: a name that says nothing is not believed.
 */
export function looksLikeProduction(names: readonly string[]): string | undefined {
  const words = names.flatMap((name) => name.toLowerCase().split(/[^a-z]+/))
  const production = words.find((word) => PRODUCTION.test(word))
  if (production !== undefined) return `"${production}" in ${names.join(', database ')}`
  if (words.some((word) => TEST.test(word)) || names.some((name) => LOOPBACK.test(name))) return undefined
  return `nothing in ${names.join(', database ')} says that it is for tests (staging, test, dev, ...)`
}
