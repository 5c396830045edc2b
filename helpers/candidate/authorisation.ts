import type { ExamApi, Tokens } from './exam-api.ts'

/** The headers by which a platform knows who asks, of whoever has these tokens. Bearer, where its adapter says nothing else. */
export function authorisation(api: Pick<ExamApi, 'authorise'>, tokens: Tokens): Readonly<Record<string, string>> {
  return api.authorise === undefined ? { authorization: `Bearer ${tokens.accessToken}` } : api.authorise(tokens)
}
