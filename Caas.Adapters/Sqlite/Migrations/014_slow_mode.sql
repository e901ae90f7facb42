-- Conversations that only moderators write in, and how long others wait between two messages, in seconds.
ALTER TABLE conversations ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN slow_mode INTEGER NOT NULL DEFAULT 0;

-- When a member last took the turn to send where there is slow mode, and with which client id. Times are Unix milliseconds.
CREATE TABLE slow_mode_turns (
  tenant TEXT NOT NULL,
  log TEXT NOT NULL,
  user TEXT NOT NULL,
  at INTEGER NOT NULL,
  client_id TEXT,
  PRIMARY KEY (tenant, log, user)
) STRICT, WITHOUT ROWID;
