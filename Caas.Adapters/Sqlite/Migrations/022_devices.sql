-- Devices for pushes. Times are Unix milliseconds.
CREATE TABLE devices (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  id TEXT NOT NULL,
  address TEXT NOT NULL, -- JSON: platform, tokens, subscription
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, id)
) STRICT, WITHOUT ROWID;

-- What reaches a device, hashed: each belongs to one device.
CREATE TABLE device_keys (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  user TEXT NOT NULL,
  device TEXT NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_keys_by_device ON device_keys (tenant, user, device);
