import type { Migration } from './migration.ts';

/** Answers to POST requests with an Idempotency-Key; that of a submit stands with its work item (`idempotency_keys`). */
export const idempotencyMigration: Migration = {
  number: 8,
  name: 'idempotency',
  sql: `
CREATE TABLE idempotent_requests (
  -- Which projects the caller reaches, hashed: callers with the same reach share their keys, others never see them.
  caller text NOT NULL CHECK (char_length(caller) = 64),
  key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
  -- Route, parameters and body, hashed.
  fingerprint text NOT NULL CHECK (char_length(fingerprint) = 64),
  -- The request that does it, or did it.
  owner text NOT NULL CHECK (char_length(owner) <= 128),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  -- When its owner began; the end of one that has none after a while is not known.
  started_at timestamptz(3) NOT NULL DEFAULT now(),
  -- All null until it is answered.
  status smallint,
  body text CHECK (octet_length(body) <= 1048576),
  location text CHECK (char_length(location) <= 1024),
  PRIMARY KEY (caller, key)
);
CREATE INDEX idempotent_requests_age ON idempotent_requests (created_at);
`,
};
