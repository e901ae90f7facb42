-- The list of calls, projected from the entries of conversations. Ids sort by time; body is JSON.
CREATE TABLE calls (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER, -- NULL: it goes on
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_conversation ON calls (tenant, conversation, id);
CREATE INDEX calls_open ON calls (started_at) WHERE ended_at IS NULL;

-- Who was called to a call, or was in it.
CREATE TABLE call_users (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  call TEXT NOT NULL,
  PRIMARY KEY (tenant, user, call)
) STRICT, WITHOUT ROWID;

-- What the devices of a participant measured, added up; figures are hundredths.
CREATE TABLE call_quality (
  tenant TEXT NOT NULL,
  call TEXT NOT NULL,
  user TEXT NOT NULL,
  reports INTEGER NOT NULL,
  latency_sum INTEGER NOT NULL,
  loss_sum INTEGER NOT NULL,
  jitter_sum INTEGER NOT NULL,
  bitrate_sum INTEGER NOT NULL,
  latency_worst INTEGER NOT NULL,
  loss_worst INTEGER NOT NULL,
  jitter_worst INTEGER NOT NULL,
  bitrate_worst INTEGER NOT NULL,
  latency_issues INTEGER NOT NULL,
  loss_issues INTEGER NOT NULL,
  jitter_issues INTEGER NOT NULL,
  bitrate_issues INTEGER NOT NULL,
  frame_rate INTEGER,
  resolution TEXT,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, call, user)
) STRICT, WITHOUT ROWID;
