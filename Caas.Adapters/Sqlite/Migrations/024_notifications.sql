-- Users' inboxes: one row per user, type and conversation (id). Times are Unix milliseconds.
CREATE TABLE notifications (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  priority TEXT NOT NULL,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  actor TEXT,
  count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  read_at INTEGER, -- NULL: unread
  PRIMARY KEY (tenant, user, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_by_time ON notifications (tenant, user, updated_at, id);
CREATE INDEX notifications_unread ON notifications (tenant, user, updated_at, id) WHERE read_at IS NULL;

-- What is to be pushed to a device, and what was: each entry once per device. Times are Unix milliseconds.
CREATE TABLE pushes (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  device TEXT NOT NULL,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  priority TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  done_at INTEGER, -- NULL: it waits
  PRIMARY KEY (tenant, user, device, conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX pushes_due ON pushes (due_at) WHERE done_at IS NULL;
CREATE INDEX pushes_done ON pushes (done_at) WHERE done_at IS NOT NULL;
