-- What counts of attachments go by, so that they read no rows: all bytes of a tenant, and what a user has announced and not uploaded yet.
CREATE INDEX attachments_by_size ON attachments (tenant, size, thumbnail_size);
CREATE INDEX attachments_pending ON attachments (tenant, uploader, size) WHERE ready = 0;
