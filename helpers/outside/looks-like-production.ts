const PRODUCTION = /^(?:prod|production|prd|live)$/
/** `test` is none of them: an exam platform is about tests, so in its name the word says nothing. */
const REHEARSED =
  /^(?:staging|stage|stg|tst|dev|develop|development|qa|uat|preprod|preview|sandbox|demo|rehearsal|ci|local)$/
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i

/**
 * Why a host, or a database on it, looks like production, in words; undefined when it does not. Words of the names decide,
 * apart from digits and dots: `prod` in any of them is production. Otherwise one must say what it is for (`staging`, `dev`,
 * ...), or the host be this machine: a name that says nothing is not believed. Nor is the last label of a host, which
 * says where it was registered and not what it is for (`.qa`, `.dev`, `.ci`).
 */
export function looksLikeProduction(host: string, database?: string): string | undefined {
  const names = database === undefined ? [host] : [host, database]
  const production = names.flatMap(wordsOf).find((word) => PRODUCTION.test(word))
  if (production !== undefined) return `"${production}" in ${names.join(', database ')}`
  if (LOOPBACK.test(host)) return undefined
  const telling = [withoutLastLabel(host), database ?? ''].flatMap(wordsOf)
  if (telling.some((word) => REHEARSED.test(word))) return undefined
  return `nothing in ${names.join(', database ')} says that it is for rehearsals (staging, dev, uat, ...)`
}

function wordsOf(name: string): readonly string[] {
  return name.toLowerCase().split(/[^a-z]+/)
}

/** A name of one label, as hosts have them in a network of their own, is whole. */
function withoutLastLabel(host: string): string {
  return host.replace(/\.$/, '').replace(/\.[^.]*$/, '')
}
