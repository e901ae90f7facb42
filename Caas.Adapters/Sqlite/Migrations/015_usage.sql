-- What the platform admin lets a tenant have, as JSON; NULL: everything.
ALTER TABLE tenants ADD COLUMN quotas TEXT;

-- A month is 'yyyy-MM', UTC.
CREATE TABLE usage_months (
  tenant TEXT NOT NULL,
  month TEXT NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  peak_connections INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_active (
  tenant TEXT NOT NULL,
  month TEXT NOT NULL,
  user TEXT NOT NULL,
  PRIMARY KEY (tenant, month, user)
) STRICT, WITHOUT ROWID;

-- What replicas said last of their connections, and until when that counts.
CREATE TABLE usage_connections (
  tenant TEXT NOT NULL,
  replica TEXT NOT NULL,
  connections INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (tenant, replica)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_connections_by_replica ON usage_connections (replica, tenant);
CREATE INDEX usage_connections_by_end ON usage_connections (until);
