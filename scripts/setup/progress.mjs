const EVERY_MS = 5000;

/** A line for a person; stdout belongs to the command that follows set-up. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs `action`, and says every few seconds that it is still under way. */
export async function withProgress(what, action) {
  const begun = Date.now();
  const seconds = () => `${Math.round((Date.now() - begun) / 1000)} s`;
  say(`${what} …`);
  const timer = setInterval(() => say(`${what} … ${seconds()}`), EVERY_MS);
  try {
    const result = await action();
    say(`${what}: done in ${seconds()}.`);
    return result;
  } catch (error) {
    say(`${what}: failed after ${seconds()}.`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
