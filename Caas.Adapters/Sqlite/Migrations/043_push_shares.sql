-- When it happened that a push tells of, and who delivers it: pushes are shared out by service, and calls go before all else.
ALTER TABLE pushes ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pushes ADD COLUMN service TEXT NOT NULL DEFAULT '';
DROP INDEX pushes_due;
CREATE INDEX pushes_due ON pushes (due_at, service) WHERE done_at IS NULL AND kind <> 'call';
CREATE INDEX pushes_calls_due ON pushes (due_at, service) WHERE done_at IS NULL AND kind = 'call';
