/**
 * A field of a parsed JSON body: by its name, or by a path with dots into the objects that it lies in (`error.code`).
 * undefined where there is none. A field that has a dot in its own name is found by that name.
 */
export function fieldAt(body: unknown, path: string): unknown {
  if (!isObject(body)) return undefined
  if (Object.hasOwn(body, path)) return body[path]
  const dot = path.indexOf('.')
  return dot === -1 ? undefined : fieldAt(own(body, path.slice(0, dot)), path.slice(dot + 1))
}

/**
 * The fields that a parsed JSON body has, sorted, in the words of `paths`: an object is told by its own fields where a path
 * leads into it, and by its name where none does.
 */
export function fieldsOf(body: object, paths: readonly string[]): readonly string[] {
  return Object.keys(body)
    .flatMap((name) => {
      const inner = own(body, name)
      const start = `${name}.`
      const into = paths.flatMap((path) => (path.startsWith(start) ? [path.slice(start.length)] : []))
      return into.length === 0 || !isObject(inner) ? [name] : fieldsOf(inner, into).map((path) => `${start}${path}`)
    })
    .sort()
}

function own(body: object, name: string): unknown {
  return Object.hasOwn(body, name) ? (body as Readonly<Record<string, unknown>>)[name] : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
