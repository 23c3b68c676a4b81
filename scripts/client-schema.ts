import openapiTS, { astToString } from 'openapi-typescript';

const HEAD = `// Generated from the API's OpenAPI document by \`npm run openapi\`; a test compares the two.
/* eslint-disable */
`;

/** The types of the typed client, from the API's own description. */
export async function clientSchema(document: object): Promise<string> {
  // A field with a default may be left out by who sends it.
  const nodes = await openapiTS(structuredClone(document) as Parameters<typeof openapiTS>[0], { defaultNonNullable: false, alphabetize: true });
  return `${HEAD}${astToString(nodes)}`;
}
