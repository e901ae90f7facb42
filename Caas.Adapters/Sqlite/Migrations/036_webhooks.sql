-- Places that are told what happens; body is JSON. failing_since is no part of what the tenant's log says.
CREATE TABLE webhooks (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  rev INTEGER NOT NULL,
  failing_since INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- What is on its way to them, and what became of it; place sorts by time, position is that of the event in the feed (0: a test).
CREATE TABLE webhook_deliveries (
  tenant TEXT NOT NULL,
  webhook TEXT NOT NULL,
  id TEXT NOT NULL,
  place TEXT NOT NULL,
  position INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, webhook, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_by_place ON webhook_deliveries (tenant, webhook, place);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (tenant, webhook, position) WHERE pending = 1;
