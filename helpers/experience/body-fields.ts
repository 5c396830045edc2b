/** Names and values, in order. */
export type BodyFields = readonly (readonly [string, unknown])[]

/** What a form looks like: names and values without a space, each pair with its sign. */
const FORM = /^[^\s=&]+=[^\s&]*(&[^\s=&]+=[^\s&]*)*$/

/**
 * A body with other fields, in the way it was written: a JSON object, or a form (`application/x-www-form-urlencoded`).
 *
 * @throws TypeError for a body that is neither
 */
export function withFields(body: string, change: (fields: BodyFields) => BodyFields): string {
  if (body.startsWith('{')) return JSON.stringify(Object.fromEntries(change(Object.entries(JSON.parse(body)))))
  if (!FORM.test(body)) throw new TypeError('a body of the adapter is neither a JSON object nor a form')
  const fields = change([...new URLSearchParams(body)]).map(([name, value]): [string, string] => [name, String(value)])
  return String(new URLSearchParams(fields))
}
