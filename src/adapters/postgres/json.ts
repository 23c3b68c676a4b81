/** A value as the text of a jsonb parameter (the driver would write an array as a PostgreSQL array). */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return cleanText(inner);
    return hasUncleanKey(inner) ? Object.fromEntries(Object.entries(inner).map(([key, entry]) => [cleanText(key), entry])) : inner;
  });
}

export function toJsonOrNull(value: unknown): string | null {
  return value === undefined || value === null ? null : toJson(value);
}

/** Text that PostgreSQL can store: it knows neither NUL nor half a surrogate pair, and agents send both. */
export function cleanText(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
}

/** Cut to `charsMax` characters of JavaScript, and clean. */
export function boundedText(text: string, charsMax: number): string {
  return cleanText(text.slice(0, charsMax));
}

function hasUncleanKey(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).some((key) => cleanText(key) !== key);
}
