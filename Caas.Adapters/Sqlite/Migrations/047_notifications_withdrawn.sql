-- What else a row stands for than its newest entry (earlier: seqs, ascending, with commas), and the oldest of all: a message that is deleted leaves the rows that count it.
ALTER TABLE notifications ADD COLUMN earlier TEXT NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 0;
UPDATE notifications SET first_seq = seq;
CREATE INDEX notifications_by_entry ON notifications (tenant, conversation, first_seq, user, id);
