-- How far members have come. The number of messages up to the read cursor stands beside it: unread is a difference, from which only deleted messages are taken off.
ALTER TABLE members ADD COLUMN read_message_no INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN delivered_seq INTEGER NOT NULL DEFAULT 0;
UPDATE members SET delivered_seq = read_seq, read_message_no = coalesce(
  (SELECT message_no FROM entries WHERE entries.tenant = members.tenant AND entries.log = members.conversation AND entries.seq = members.read_seq), 0);
CREATE INDEX entries_deleted ON entries (tenant, log, seq) WHERE target = 0 AND deleted = 1;
