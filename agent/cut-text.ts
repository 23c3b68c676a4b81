/** The first `charsMax` UTF-16 units of `text`, never half of a surrogate pair. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const end = isHighSurrogate(text.charCodeAt(charsMax - 1)) ? charsMax - 1 : charsMax;
  return text.slice(0, Math.max(0, end));
}

/** The last `charsMax` UTF-16 units of `text`, never half of a surrogate pair. */
export function cutTextToEnd(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const start = text.length - charsMax;
  return text.slice(isLowSurrogate(text.charCodeAt(start)) ? start + 1 : start);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
