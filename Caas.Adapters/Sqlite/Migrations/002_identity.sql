-- Tenants, API keys and users are projections of their logs, each with the seq (rev) that is folded in. Times are Unix milliseconds, lists and settings JSON.
CREATE TABLE tenants (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  secret_kid TEXT,
  secret_sealed TEXT,
  secret_created_at INTEGER,
  rev INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  previous_secret_hash TEXT,
  previous_until INTEGER,
  scopes TEXT NOT NULL,
  allowed_ips TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  rev INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_tenant ON api_keys (tenant, id);

CREATE TABLE users (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  avatar_url TEXT,
  role TEXT NOT NULL,
  custom TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deactivated_at INTEGER,
  rev INTEGER NOT NULL,
  id_folded TEXT NOT NULL, -- in lower case, for prefix search
  name_folded TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_folded_id ON users (tenant, id_folded);
CREATE INDEX users_by_folded_name ON users (tenant, name_folded);
CREATE INDEX users_active ON users (tenant) WHERE deactivated_at IS NULL;

CREATE TABLE signing_keys (
  number INTEGER PRIMARY KEY,
  kid TEXT NOT NULL UNIQUE,
  sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  verify_until INTEGER
) STRICT;

CREATE TABLE refresh_tokens (
  hash TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  family TEXT NOT NULL,
  access_token_id TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (tenant, family);
CREATE INDEX refresh_tokens_by_user ON refresh_tokens (tenant, user, issued_at);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

-- The number is the order of commits: what readers go on after.
CREATE TABLE revocations (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  tenant TEXT NOT NULL,
  user TEXT,
  token_id TEXT,
  before INTEGER,
  conversation TEXT,
  seq INTEGER,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_end ON revocations (until);

CREATE TABLE idempotency (
  key TEXT NOT NULL PRIMARY KEY,
  claim_id TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status INTEGER,
  body TEXT,
  location TEXT,
  resource_id TEXT,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_end ON idempotency (expires_at);
