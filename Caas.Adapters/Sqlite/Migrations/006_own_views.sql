-- How members see conversations, and what a user's list goes by: both its indexes hold all that is looked at, so that a page costs two narrow lookups per conversation and few rows.
ALTER TABLE members ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN hidden_seq INTEGER NOT NULL DEFAULT 0; -- hidden until a message is above it
ALTER TABLE members ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
DROP INDEX members_by_user;
CREATE INDEX members_by_user ON members (tenant, user, conversation, archived, pinned, hidden_seq) WHERE removed = 0;
CREATE INDEX conversations_for_lists ON conversations (tenant, id, last_activity_at, last_message_seq) WHERE deleted_at IS NULL;
DROP INDEX conversations_by_activity;
CREATE INDEX conversations_by_activity ON conversations (tenant, last_activity_at, id, last_message_seq) WHERE deleted_at IS NULL;
