import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import type { Plugin } from 'esbuild';

// Some of the libraries are CommonJS and ask for Node's built-ins with `require`.
const REQUIRE = "import { createRequire as weftRequire } from 'node:module'; const require = weftRequire(import.meta.url);";

// zod carries its messages in some fifty languages, which is a third of the file; English stays.
const englishOnly: Plugin = {
  name: 'zod-english-only',
  setup: (bundler) => {
    bundler.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('/zod/') ? { path: 'zod-locales', namespace: 'left-out' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export {};' }));
  },
};

/** Bundles the agent runner into one file that runs alone: `node <outFile>`, on Node 20.19 or newer. */
export async function bundleAgent(outFile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('../agent/main.ts', import.meta.url))],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    minify: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    plugins: [englishOnly],
    logLevel: 'silent',
  });
  // esbuild keeps a process of its own alive for the next build; there is none.
  await stop();
}

// As a command: `bundle-agent.ts <outFile>`.
const [, script, outFile] = process.argv;
if (script === fileURLToPath(import.meta.url) && outFile !== undefined) await bundleAgent(outFile);
