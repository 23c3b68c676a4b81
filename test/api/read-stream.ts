interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export type StreamReader = Awaited<ReturnType<typeof readStream>>;

/** Reads server-sent events until it leaves. */
export async function readStream(url: string, headers: Record<string, string> = {}) {
  const left = new AbortController();
  const answer = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: left.signal });
  if (answer.status !== 200 || answer.body === null) throw new Error(`${String(answer.status)} ${await answer.text()}`);
  const events: StreamedEvent[] = [];
  let comments = 0;
  let ended = false;
  let paused = false;

  const take = (block: string): void => {
    if (block.startsWith(':')) comments += 1;
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    const data = fields.get('data');
    if (data !== undefined) events.push({ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) as Record<string, unknown> });
  };
  const reading = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    while (!paused) {
      const { value, done } = await reader.read();
      if (done) break;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      blocks.forEach(take);
    }
    ended = !paused;
  };
  reading(answer.body).catch(() => (ended = true));

  return {
    answer,
    events,
    ids: () => events.map(({ id }) => Number(id)),
    comments: () => comments,
    ended: () => ended,
    /** Reads nothing more, and stays. */
    pause: () => {
      paused = true;
    },
    leave: () => {
      left.abort();
    },
  };
}
