const PROTOTYPE_KEYS = ['__proto__', 'prototype', 'constructor'];

/**
 * Deletes keys that could reach a prototype from a parsed body or query, at every depth. Nest's own function is private in
 * Nest 11. secure-json-parse leaves `prototype` and a `constructor` that is not an object.
 */
export function stripPrototypeKeys(value: unknown): void {
  // An explicit stack, because a body can be nested deeper than the call stack.
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const current = stack.pop();
    if (typeof current !== 'object' || current === null) continue;
    if (!Array.isArray(current)) {
      for (const key of PROTOTYPE_KEYS) Reflect.deleteProperty(current, key);
    }
    for (const inner of Object.values(current) as unknown[]) stack.push(inner);
  }
}
