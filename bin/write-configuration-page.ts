import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { configSchema } from '../helpers/config/rehearsal-config.ts'
import { type CommentedField, type Fields, sourceComments } from '../helpers/config/source-comments.ts'
import { USAGE } from './arguments.ts'
import { KNOWN_VARIABLES } from './unknown-variables.ts'

/*
 * node bin/write-configuration-page.ts writes docs/configuration.md from the schema of the configuration and the
 * comments above its fields. A test fails when the page is not what this would write.
 */

const ROOT = fileURLToPath(new URL('../', import.meta.url))
export const PAGE = join(ROOT, 'docs', 'configuration.md')
const SOURCES = join(ROOT, 'helpers', 'config')

type Schema = z.core.JSONSchema.BaseSchema

/** The page as it should be. @throws Error naming every setting that has no comment */
export function configurationPage(): string {
  const comments = allComments()
  const schema = z.toJSONSchema(configSchema, { unrepresentable: 'any', io: 'input' })
  const root = comments.get('configSchema')
  if (root === undefined) throw new Error('configSchema is not to be found in helpers/config')
  const rows: string[] = []
  const bare: string[] = []
  describe(schema, '', { comment: '', value: '', fields: root })
  if (bare.length > 0) throw new Error(`no comment above: ${bare.join(', ')}`)
  return `# Configuration

Written by \`node bin/write-configuration-page.ts\` from \`helpers/config/\`; do not edit it here.

\`rehearsal.config.ts\` exports what \`defineRehearsal\` is given. Everything in it is optional. It is checked as a whole
before anything starts, and every mistake is named at once, with exit code 3. Flags win over \`REHEARSAL_*\` variables, and
both over this file. [Your own backend](own-backend.md) shows it at work.

| setting | value | meaning |
| --- | --- | --- |
${rows.join('\n')}

## Flags

\`\`\`
${USAGE.trim()}
\`\`\`

## Variables

A variable that begins with \`REHEARSAL_\` and is none of these is refused, because a misspelt one would go unnoticed; one
that the configuration itself names is yours.

${KNOWN_VARIABLES.map((name) => `- \`${name}\``).join('\n')}
`

  function describe(node: Schema, path: string, field: CommentedField): void {
    if (path !== '') {
      if (field.comment === undefined || field.comment === '') bare.push(path)
      rows.push(`| \`${path}\` | ${cell(expectedOf(node))} | ${cell(field.comment ?? '')} |`)
    }
    for (const [name, inner] of Object.entries(propertiesOf(node))) {
      describe(inner, path === '' ? name : `${path}.${name}`, fieldOf(field, name))
    }
    // The same for every key: thresholds by profile.
    const { additionalProperties: each } = node
    if (typeof each === 'object' && Object.keys(propertiesOf(each)).length > 0) {
      for (const [name, inner] of Object.entries(propertiesOf(each))) {
        describe(inner, `${path}.<${keysOf(node)}>.${name}`, fieldOf(field, name))
      }
    }
  }

  function fieldOf({ fields, value }: CommentedField, name: string): CommentedField {
    const own = fields.get(name)
    if (own !== undefined) return own
    for (const [declared, inner] of comments) {
      const found = inner.get(name)
      if (found !== undefined && new RegExp(`\\b${declared}\\b`).test(value)) return found
    }
    return { comment: undefined, value: '', fields: new Map() }
  }
}

function allComments(): ReadonlyMap<string, Fields> {
  const files = readdirSync(SOURCES).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return new Map(files.flatMap((name) => [...sourceComments(readFileSync(join(SOURCES, name), 'utf8'))]))
}

function propertiesOf(node: Schema): Readonly<Record<string, Schema>> {
  const variants = node.anyOf ?? node.oneOf ?? node.allOf ?? []
  return Object.assign({}, ...variants.map(propertiesOf), node.properties) as Record<string, Schema>
}

/** What may stand there, for people. */
function expectedOf(node: Schema): string {
  if (node.enum !== undefined) return node.enum.map((one) => `\`${String(one)}\``).join(' \\| ')
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``
  const variants = node.anyOf ?? node.oneOf
  if (variants !== undefined) return [...new Set(variants.map(expectedOf))].join(' or ')
  switch (node.type) {
    case 'array':
      return `list of ${expectedOf(node.items as Schema)}${(node.minItems ?? 0) > 0 ? ', not empty' : ''}`
    case 'object':
      return Object.keys(propertiesOf(node)).length > 0 ? 'object' : recordOf(node)
    case 'string':
      return 'text'
    case 'integer':
    case 'number':
      return `${node.type === 'integer' ? 'whole number' : 'number'}${rangeOf(node)}`
    case 'boolean':
      return '`true` \\| `false`'
    default:
      return 'see the meaning'
  }
}

function recordOf(node: Schema): string {
  const each = node.additionalProperties
  return typeof each === 'object' ? `object: ${keysOf(node)} to ${expectedOf(each)}` : 'object'
}

function keysOf({ propertyNames }: Schema): string {
  return typeof propertyNames === 'object' && propertyNames.enum !== undefined ? 'profile' : 'name'
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (minimum !== undefined && most !== undefined) return `, ${minimum} to ${most}`
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`
  if (minimum !== undefined) return `, at least ${minimum}`
  return most === undefined ? '' : `, at most ${most}`
}

function cell(text: string): string {
  return text.replaceAll(/(?<!\\)\|/g, '\\|')
}

if (import.meta.main) writeFileSync(PAGE, configurationPage())
