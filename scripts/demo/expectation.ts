/** Something did not come out as it must. */
export class UnmetExpectation extends Error {
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: string) {
    super(`expected ${expected}; seen: ${seen}`);
    this.name = 'UnmetExpectation';
    this.expected = expected;
    this.seen = seen;
  }
}

/** Throws unless `ok`; both texts are for a person. */
export function expectThat(ok: boolean, { expected, seen }: { expected: string; seen: string }): asserts ok {
  if (!ok) throw new UnmetExpectation(expected, seen);
}
