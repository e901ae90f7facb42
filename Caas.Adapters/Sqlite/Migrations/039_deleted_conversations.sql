-- Retention goes through what is deleted, too.
CREATE INDEX conversations_deleted ON conversations (tenant, id) WHERE deleted_at IS NOT NULL;
