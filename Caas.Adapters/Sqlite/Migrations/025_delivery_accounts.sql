-- A tenant's own accounts for pushes and mails, as JSON, sealed; NULL: the platform's count.
ALTER TABLE tenants ADD COLUMN delivery TEXT;
