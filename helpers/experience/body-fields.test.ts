import { expect, test } from 'vitest'
import { type BodyFields, withFields } from './body-fields.ts'

const withTime = (fields: BodyFields): BodyFields => [...fields, ['time', 'now & then']]

test.each([
  ['{"a":1,"b":[2]}', '{"a":1,"b":[2],"time":"now & then"}'],
  ['{}', '{"time":"now & then"}'],
  ['a=1&b=%26+2', 'a=1&b=%26+2&time=now+%26+then'],
  ['a=', 'a=&time=now+%26+then'],
])('%s stays what it is: %s', (body, changed) => {
  expect(withFields(body, withTime)).toBe(changed)
})

test.each(['', '[1]', '--boundary\r\ncontent-disposition: form-data; name="a"', '<a b="c"/>'])(
  'of %j nobody knows the fields',
  (body) => {
    expect(() => withFields(body, withTime)).toThrow('neither a JSON object nor a form')
  },
)
