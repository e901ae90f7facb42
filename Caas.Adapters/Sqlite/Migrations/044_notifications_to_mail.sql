-- Rows that the inbox does not show (hidden), and those that the next mail is about.
ALTER TABLE notifications ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN to_mail INTEGER NOT NULL DEFAULT 0;
DROP INDEX notifications_unread;
CREATE INDEX notifications_unread ON notifications (tenant, user, updated_at, id) WHERE read_at IS NULL AND hidden = 0;
CREATE INDEX notifications_to_mail ON notifications (tenant, user, updated_at, id) WHERE read_at IS NULL AND to_mail = 1;
