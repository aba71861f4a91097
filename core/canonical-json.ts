/**
 * Canonical JSON (RFC 8785): object keys sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them.
 * The same value always gives the same bytes, so its digest can be its name.
 * Throws a TypeError for what JSON can't carry (undefined, NaN, infinities, functions, bigint, lone surrogates).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('canonical JSON: a string holds a lone surrogate');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: ${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    let text = '[';
    for (let at = 0; at < value.length; at++)
      text += at === 0 ? canonicalJson(value[at]) : `,${canonicalJson(value[at])}`;
    return `${text}]`;
  }
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>;
    let text = '{';
    for (const key of Object.keys(record).sort()) {
      if (record[key] === undefined) continue;
      text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(record[key])}`;
    }
    return `${text}}`;
  }
  throw new TypeError(`canonical JSON: a ${typeof value} has no JSON form`);
}
