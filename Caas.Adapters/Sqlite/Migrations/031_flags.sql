-- Messages that were flagged, as projected from the logs $flags/{conversation}; rev is the seq of the last entry there that is folded in. sender is '' where the backend sent it. Times are Unix milliseconds.
CREATE TABLE flags (
  tenant TEXT NOT NULL,
  message_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  message_seq INTEGER NOT NULL,
  sender TEXT NOT NULL,
  status TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  details TEXT NOT NULL,
  rev INTEGER NOT NULL,
  PRIMARY KEY (tenant, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX flags_by_time ON flags (tenant, opened_at, message_id);
CREATE INDEX flags_by_status ON flags (tenant, status, opened_at, message_id);
CREATE INDEX flags_by_sender ON flags (tenant, sender, opened_at, message_id);
CREATE INDEX flags_by_conversation ON flags (tenant, conversation, opened_at, message_id);
