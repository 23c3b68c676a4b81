/** Waits for all; when some failed, throws once with every reason, so that a person mends them in one go. */
export async function allOrEveryProblem(promises) {
  const results = await Promise.allSettled(promises);
  const problems = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
  if (problems.length > 0) throw new Error(problems.join('\n\n'));
  return results.map(({ value }) => value);
}
