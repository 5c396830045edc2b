/** A field of an object in a source file, with the comment above it and whatever is named in its value. */
export interface CommentedField {
  /** Without the marks of the comment, on one line; undefined: there is none. */
  readonly comment: string | undefined
  /** The value as it is written, up to the next field: where it names a constant, that constant's fields are its own. */
  readonly value: string
  readonly fields: Fields
}

export type Fields = Map<string, CommentedField>

interface Open {
  readonly indent: number
  readonly fields: Fields
}

const DECLARATION = /^(?:export )?(?:const|interface|type) (\w+)/
const FIELD = /^(\s+)(?:readonly )?(\w+)\??(?:\([^)]*\))?: ?(.*)$/
const COMMENT_LINE = /^\s*(?:\/\*\*|\*\/|\*)\s?|\s*\*\/\s*$/g

/**
 * The fields of every object that a formatted source file declares at its top, by the name of the declaration: what
 * stands further in belongs to what stands further out. Reads layout, not syntax: enough for schemas and interfaces.
 */
export function sourceComments(source: string): ReadonlyMap<string, Fields> {
  const declarations = new Map<string, Fields>()
  let open: Open[] = []
  let comment: string[] | undefined
  let inComment = false
  let last: { value: string } | undefined
  for (const line of source.split('\n')) {
    if (inComment || /^\s*\/\*\*/.test(line)) {
      comment = inComment ? [...(comment ?? []), line] : [line]
      inComment = !line.includes('*/')
      continue
    }
    const declared = DECLARATION.exec(line)?.[1]
    const [, spaces = '', name, value = ''] = FIELD.exec(line) ?? []
    if (declared !== undefined) {
      const fields: Fields = new Map()
      declarations.set(declared, fields)
      open = [{ indent: 0, fields }]
      last = undefined
    } else if (name !== undefined) {
      open = open.filter(({ indent }) => indent < spaces.length)
      const field = { comment: text(comment), value, fields: new Map() }
      open.at(-1)?.fields.set(name, field)
      open.push({ indent: spaces.length, fields: field.fields })
      last = field
    } else if (last !== undefined) {
      last.value += ` ${line.trim()}`
    }
    comment = undefined
  }
  return declarations
}

function text(comment: readonly string[] | undefined): string | undefined {
  return comment
    ?.map((line) => line.replaceAll(COMMENT_LINE, ''))
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
