import { expect, test } from 'vitest'
import { redactDeep, redactText } from './redact.ts'

test.each([
  ['a JSON Web Token', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjLTEifQ.c2lnbmF0dXJl back', 'got [redacted] back'],
  ['a bearer token', 'Authorization: Bearer 0123456789abcdef', 'Authorization: [redacted] [redacted]'],
  ['a password in a URL', 'postgres://exam:s3cret@db:5432/exam', 'postgres://exam:[redacted]@db:5432/exam'],
  ['a Redis URL without a user', 'redis://:s3cret@redis:6379', 'redis://:[redacted]@redis:6379'],
  ['a password in JSON', '{"password":"hunter 2","email":"a@b.c"}', '{"password":[redacted],"email":"a@b.c"}'],
  [
    'a variable',
    'JWT_SECRET=abc POSTGRES_PASSWORD=def PORT=80',
    'JWT_SECRET=[redacted] POSTGRES_PASSWORD=[redacted] PORT=80',
  ],
  ['a password hash', 'stored $argon2id$v=19$m=1024,t=1$c2FsdA$aGFzaA for c-1', 'stored [redacted] for c-1'],
])('%s does not come through', (_, text, redacted) => {
  expect(redactText(text)).toBe(redacted)
})

test('what only sounds like a secret stays: times, counts, ids and plain words', () => {
  const text = 'c-0042 save-answer q-7 v3 -> ok 12 ms; 3 tokens were refreshed; the password was wrong'
  expect(redactText(text)).toBe(text)
})

test.each([
  ['no token: 401 has no error.code', 'no token: 401 has no error.code'],
  ['wrong password: 422', 'wrong password: 422'],
  ['carry on with the renewed token: 401 x', 'carry on with the renewed token: 401 x'],
  ['password: 123 rest; api_key: 404 x', 'password: [redacted] rest; api_key: [redacted] x'],
  ['the token: 401', 'the token: [redacted]'],
  ['no token: 4017', 'no token: [redacted]'],
  ['no token: 401abc', 'no token: [redacted]'],
  ['token: 4017', 'token: [redacted]'],
  ['token: 401abc', 'token: [redacted]'],
  ['token:401 x', 'token:[redacted] x'],
  ['PASSWORD=401 x', 'PASSWORD=[redacted] x'],
  ['"token": "401"', '"token": [redacted]'],
  ['token: 40 x', 'token: [redacted] x'],
])('a status in a sentence is no secret, and nothing else passes for one: %s', (text, redacted) => {
  expect(redactText(text)).toBe(redacted)
})

test('fields that hold secrets are replaced whole, at any depth; numbers and booleans stay', () => {
  const rows = [{ id: 1, refresh_token: 'abc', nested: { apiKey: 'k', tokens: 3, token_valid: true } }]
  expect(redactDeep(rows)).toEqual([
    { id: 1, refresh_token: '[redacted]', nested: { apiKey: '[redacted]', tokens: 3, token_valid: true } },
  ])
})

test.each(['x', 'eyJ', 'eyJ-', 'a.', 'password', 'token_', 'bearer ', 'a://', '$argon2', '"'])(
  'a long text of nothing but "%s" costs no time',
  (piece) => {
    const text = piece.repeat(100_000 / piece.length)
    const before = process.cpuUsage()
    redactText(text)
    // Quadratic patterns took more than 10 s here. Of the processor: others may have it for longer than that.
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(2_000)
  },
)
