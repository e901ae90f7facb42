-- The seq of the message whose replies an entry adds to (it is one) or takes from (it deletes one); 0: none. Covers what is counted of a thread.
ALTER TABLE entries ADD COLUMN thread INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entries_by_thread ON entries (tenant, log, thread, seq, target, deleted, actor, at) WHERE thread > 0;
