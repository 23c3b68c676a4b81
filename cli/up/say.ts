/** Tells the person at the terminal; standard output is kept for results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
