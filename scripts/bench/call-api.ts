/** One request to the product's own api; throws with its answer unless it is one of success. */
export async function callApi(
  api: string,
  [method, path]: readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string],
  body?: object,
): Promise<unknown> {
  const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`${api}${path}`, { method, ...sent });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${String(answer.status)}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}
