/**
 * The same pure function, computed once per object: many checkers fold the same history in the same way, and a million
 * operations take a second each time. What it returns is shared and must not be changed; neither must the object be.
 */
export function oncePer<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>()
  return (key) => {
    let found = known.get(key)
    if (found === undefined) {
      found = { value: compute(key) }
      known.set(key, found)
    }
    return found.value
  }
}
