/** One numbered step of the schema, run in a transaction of its own. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}
