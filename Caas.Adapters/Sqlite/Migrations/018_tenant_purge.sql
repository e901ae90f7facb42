-- When all that a deleted tenant left behind was removed.
ALTER TABLE tenants ADD COLUMN purged_at INTEGER;
CREATE INDEX tenants_to_purge ON tenants (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
