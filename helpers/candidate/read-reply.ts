import type { z } from 'zod'
import type { Told } from '../history/operation.ts'
import { type Classified, classifyStatus, outcomeOf } from '../history/outcome.ts'
import type { HttpResponse, Interpretation } from './exam-api.ts'
import { fieldAt } from './field-at.ts'

/** What every adapter does with an answer, made for one backend. Pure; nothing here throws. */
export interface ReplyReader {
  /**
   * A 2xx whose JSON body is as `schema` says goes to `interpret`; one whose body is not is `unparsable-body`; anything
   * else is a refusal.
   */
  read<Body, Reply>(
    response: HttpResponse,
    schema: z.ZodType<Body>,
    interpret: (body: Body) => Interpretation<Reply> | Classified,
  ): Interpretation<Reply>
  /** What an answer outside 2xx proves. */
  refusal<Reply>(response: HttpResponse): Interpretation<Reply>
}

export interface ReplyReaderOptions {
  /** Field of the error body with the stable code; within other objects by its path: `error.code`. */
  readonly codeField: string
  /** For what the backend says with a status of its own; undefined: what the status means everywhere. */
  readonly classify?: (status: number, errorCode: string | undefined) => Classified | undefined
}

export function replyReader({ codeField, classify }: ReplyReaderOptions): ReplyReader {
  const reader: ReplyReader = {
    read(response, schema, interpret) {
      if (response.status < 200 || response.status > 299) return reader.refusal(response)
      const body = schema.safeParse(parseJson(response.body))
      return body.success ? interpret(body.data) : outcomeOf('unparsable-body')
    },
    refusal({ status, headers, body }) {
      const code = fieldAt(parseJson(body), codeField)
      const errorCode = typeof code === 'string' ? code : undefined
      const retryAfterSeconds = retryAfterOf(headers)
      return {
        ...(classify?.(status, errorCode) ?? classifyStatus(status, errorCode)),
        ...(errorCode === undefined ? {} : { errorCode }),
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      }
    },
  }
  return reader
}

/** The candidate was told this, and it is about what was asked: outcome ok. */
export function toldOk<Reply extends Told>(told: Reply): Interpretation<Reply> {
  return { ...outcomeOf('success'), reply: told, told }
}

/**
 * When to come back, seconds, by RFC 9110: a number of seconds, or a date, which counts from the date of the answer. What is
 * neither is not believed.
 */
function retryAfterOf({ 'retry-after': text, date }: HttpResponse['headers']): number | undefined {
  if (text === undefined || text === '') return undefined
  const seconds = Number(text)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds : undefined
  const untilMs = Date.parse(text) - Date.parse(date ?? '')
  return Number.isNaN(untilMs) ? undefined : Math.max(0, untilMs / 1_000)
}

/** `undefined` for what is no JSON: a proxy that answers with HTML must not end the run. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
