-- Uploaded files. One that messages refer to is looked at again at expires_at, and swept when none of them stands; NULL: it stays. condemned: nobody finds it any more, it is being removed.
CREATE TABLE attachments (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  uploader TEXT, -- NULL: the tenant's backend
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  url TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0,
  width INTEGER,
  height INTEGER,
  thumbnail_type TEXT,
  thumbnail_size INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER,
  condemned INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_expired ON attachments (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX attachments_by_uploader ON attachments (tenant, uploader, id);

CREATE TABLE attachment_uses (
  tenant TEXT NOT NULL,
  attachment TEXT NOT NULL,
  conversation TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (tenant, attachment, conversation, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_uses_by_message ON attachment_uses (tenant, conversation, message);
