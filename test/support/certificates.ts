import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDirectory } from './servers.ts';

/** An authority of the test's own, and what it has signed. */
export interface Certificates {
  /** File of the authority's certificate. */
  readonly caFile: string;
  readonly ca: string;
  /** A certificate for a name such as `DNS:localhost` or `IP:127.0.0.1`: its two files. */
  readonly sign: (subjectAltName: string) => { readonly certFile: string; readonly keyFile: string };
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export function createCertificates(): Certificates {
  const directory = scratchDirectory('certificates');
  const file = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  let signed = 0;
  // The machine's own configuration may add extensions, or be missing.
  writeFileSync(file('openssl.cnf'), '[req]\ndistinguished_name = name\n[name]\n[ca]\nbasicConstraints = critical, CA:TRUE\n');
  const request = ['req', '-config', file('openssl.cnf'), ...KEY];
  openssl(...request, '-x509', '-extensions', 'ca', '-days', '2', '-subj', '/CN=test authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  return {
    caFile: file('ca.pem'),
    ca: readFileSync(file('ca.pem'), 'utf8'),
    sign: (subjectAltName) => {
      const name = `server${String(++signed)}`;
      writeFileSync(file(`${name}.ext`), `subjectAltName = ${subjectAltName}\n`);
      openssl(...request, '-subj', '/CN=nats', '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
      const authority = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
      openssl('x509', '-req', '-in', file(`${name}.csr`), ...authority, '-days', '2', '-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`));
      return { certFile: file(`${name}.pem`), keyFile: file(`${name}.key`) };
    },
  };
}
