PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE stead_schema ( -- The version of Stead's tables: one row.
  id INTEGER NOT NULL, -- Always 1.
  version INTEGER NOT NULL, -- The schema version that stead_init() upgraded the tables to.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it did.
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_schema VALUES(1,4,'2026-11-28T20:52:09.654062Z');
CREATE TABLE stead_signal ( -- Invalidates the caches of SQLite connections. On PostgreSQL it is empty: there the server's messages do it.
  signal INTEGER NOT NULL, -- Number of a signal; -1: all of them.
  generation INTEGER NOT NULL, -- Row -1: a counter of all signals; other rows: its value when this signal was last given.
  PRIMARY KEY (signal)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_signal VALUES(-1,2164739937502136269);
INSERT INTO stead_signal VALUES(1,2164739937502136258);
INSERT INTO stead_signal VALUES(256,2164739937502136269);
INSERT INTO stead_signal VALUES(257,2164739937502136256);
INSERT INTO stead_signal VALUES(258,2164739937502136257);
INSERT INTO stead_signal VALUES(259,2164739937502136265);
INSERT INTO stead_signal VALUES(260,2164739937502136266);
CREATE TABLE stead_permit ( -- Names the append-only table that one of Stead's own statements is changing. Between statements it is empty; on PostgreSQL it is always empty.
  name TEXT NOT NULL, -- The table's name, without the prefix.
  PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
CREATE TABLE stead_lease ( -- Leases: which call runs an upkeep that only one call may run at a time. Between calls it is empty; on PostgreSQL it is always empty.
  name TEXT NOT NULL, -- The name of the lock.
  holder TEXT NOT NULL, -- Number of the process, its machine, and its connection.
  expires_at TEXT NOT NULL CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When the lease lapses.
  PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
CREATE TABLE stead_grant ( -- What stead_grant() granted: stead_init() grants it again. On SQLite, which has no roles, it is empty. Whoever can write this table decides who gets EXECUTE.
  era INTEGER NOT NULL, -- The cluster that numbered the role: its system identifier.
  role_id INTEGER NOT NULL, -- The role's number there.
  role_name TEXT NOT NULL, -- Its name at the time of the grant.
  audience TEXT NOT NULL, -- app, auditor or admin.
  granted_at TEXT NOT NULL CHECK (granted_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was granted.
  PRIMARY KEY (era, role_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE stead_audit_event ( -- The audit trail: one row per event, append-only.
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id < 9223372036854775807), -- Number of the event. Numbers grow and are never reused; gaps are possible.
  occurred_at TEXT NOT NULL CHECK (occurred_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it happened, as the application says.
  recorded_at TEXT NOT NULL CHECK (recorded_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was logged, by the clock of the database.
  action TEXT NOT NULL, -- What was done, such as user.login.
  resource_type TEXT, -- The kind of resource it was done to.
  resource_id TEXT, -- The resource, as the application names it.
  actor_id TEXT, -- Who did it, as the application identifies them.
  actor_name TEXT, -- The actor's name at that time.
  success INTEGER NOT NULL CHECK (success IN (0, 1)), -- Whether it succeeded.
  details TEXT, -- Further facts, kept byte for byte.
  error TEXT, -- Why it failed.
  ip_address TEXT, -- The address that the request came from.
  user_agent TEXT, -- The client program.
  era INTEGER NOT NULL DEFAULT 0, -- The cluster whose transactions are counted: on PostgreSQL its system identifier or a later number.
  transaction_id INTEGER NOT NULL DEFAULT 0, -- The transaction that logged it. Sealing waits until no earlier transaction is running.
  nonce BLOB DEFAULT (randomblob(16)), -- Random bytes. They keep anyone from guessing redacted values by their hash.
  redacted BLOB -- The SHA-256 of the personal columns' values; null unless the event is redacted.
) STRICT;
INSERT INTO stead_audit_event VALUES(1,'2026-01-01T00:00:00.000000Z','2026-11-28T20:52:09.656422Z','login','session','s1','7','alice',1,'{"try": 1e2}',NULL,'10.0.0.1','curl/8',0,0,X'abb1349542d283d2c4cc3eb830a1f76b',NULL);
INSERT INTO stead_audit_event VALUES(2,'2026-01-01T10:00:00.000000Z','2026-11-28T20:52:09.660313Z','login_failed','session',NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,NULL,X'a31dde80a796679ace629d98595dcdf4ecc2ec4a29824fc87fe217d5230dfa2e');
INSERT INTO stead_audit_event VALUES(3,'2026-01-03T23:59:59.999999Z','2026-11-28T20:52:09.661155Z','app_installed','app','sonarr','7','alice',1,NULL,NULL,NULL,NULL,0,0,X'df38e085cbe5dda981e30722340cb9cc',NULL);
INSERT INTO stead_audit_event VALUES(4,'2026-11-28T20:52:09.686232Z','2026-11-28T20:52:09.686232Z','stead.redact','audit_event','2',NULL,NULL,1,'{"reason":"asked for"}',NULL,NULL,NULL,0,0,X'7d6e435da32fc37c8688619232ec374c',NULL);
CREATE TABLE stead_audit_block ( -- Blocks of sealed events. Each has a range of the audit trail in the order (era, transaction_id, id). Append-only.
  block INTEGER NOT NULL, -- Number of the block, from 1, without gaps.
  era INTEGER NOT NULL, -- The era of its events.
  first_leaf INTEGER NOT NULL CHECK (first_leaf >= 0 AND first_leaf <= 4611686018427387903), -- Index of its first leaf in the Merkle tree, from 0.
  events INTEGER NOT NULL CHECK (events >= 1 AND events <= 100000), -- How many events it seals.
  last_transaction_id INTEGER NOT NULL, -- The transaction_id of its last event.
  last_event_id INTEGER NOT NULL, -- The id of its last event.
  first_event_at TEXT NOT NULL CHECK (first_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The earliest occurred_at of its events.
  last_event_at TEXT NOT NULL CHECK (last_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The latest occurred_at of its events.
  sealed_at TEXT NOT NULL CHECK (sealed_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was sealed, by the clock of the database.
  subtrees BLOB NOT NULL, -- The compact range of its leaves: SHA-256 hashes of 32 bytes.
  frontier BLOB NOT NULL, -- The compact range of all leaves up to its last.
  root BLOB NOT NULL, -- The root of the Merkle tree (RFC 9162) up to its last leaf.
  folded BLOB NOT NULL, -- What it added to the rollups.
  listed BLOB NOT NULL, -- SHA-256 of stead_audit_leaf.leaves.
  digest BLOB NOT NULL, -- SHA-256 of the columns above.
  PRIMARY KEY (block)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_block VALUES(1,0,0,2,0,2,'2026-01-01T00:00:00.000000Z','2026-01-01T10:00:00.000000Z','2026-11-28T20:52:09.663739Z',X'f3628bad9dc1ecb0a63d66bb76f1e72c88d8920182d606b2dfea8b45e144f757',X'f3628bad9dc1ecb0a63d66bb76f1e72c88d8920182d606b2dfea8b45e144f757',X'f3628bad9dc1ecb0a63d66bb76f1e72c88d8920182d606b2dfea8b45e144f757',X'00064748462040000000000000000001000000000000000000064748462040000006474846204000000000056c6f67696e00064750a7e4a8000000000000000001000000000000000100064750a7e4a80000064750a7e4a8000000000c6c6f67696e5f6661696c6564',X'321a0eeb680b965ff12d9f6cc629da5c7bdacd7087f956e598782c92f11fc78d',X'9e2a75dbe30224997cb5e91f79451c3f36f3667219993b1f3646264691036aa7');
CREATE TABLE stead_audit_leaf ( -- The leaves of blocks that are not pruned. They tell which event was changed and which is missing. Append-only.
  block INTEGER NOT NULL, -- The block.
  leaves BLOB NOT NULL, -- For each event: its id, 8 bytes big endian, and the first 8 bytes of its leaf hash.
  last_event_at TEXT CHECK (last_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The block's last_event_at, by which prunes find it; null if it was sealed before schema 4.
  indexed INTEGER CHECK (indexed IN (0, 1)), -- True: stead_audit_index has the block; null: not yet.
  PRIMARY KEY (block)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_leaf VALUES(1,X'00000000000000018cd2453159e1ba1d00000000000000025705e6f0c941254f','2026-01-01T10:00:00.000000Z',1);
CREATE TABLE stead_audit_account ( -- Accounts of what was pruned: blocks and rollups. An account is written before anything is deleted. Append-only.
  account INTEGER NOT NULL CHECK (account >= 1), -- Number of the account, from 1, without gaps.
  block INTEGER, -- The block whose events are pruned; null: rollups are.
  cutoff TEXT NOT NULL CHECK (cutoff GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- Events or rollups before this time are pruned.
  events INTEGER NOT NULL, -- The block's number of events; for rollups: the number of the latest block at that time.
  made_at TEXT NOT NULL CHECK (made_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was written, by the clock of the database.
  digest BLOB NOT NULL, -- SHA-256 of the previous account's digest, the columns above and the block's digest.
  PRIMARY KEY (account)
) STRICT, WITHOUT ROWID;
CREATE TABLE stead_audit_rollup ( -- Rollups: the number of sealed events of each action in each hour and each day (UTC), including pruned ones.
  period TEXT NOT NULL, -- hour or day.
  bucket_start TEXT NOT NULL CHECK (bucket_start GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When the hour or day begins.
  action TEXT NOT NULL, -- The action.
  events INTEGER NOT NULL CHECK (events >= 1), -- How many events.
  failures INTEGER NOT NULL CHECK (failures >= 0), -- How many of them failed.
  first_event_at TEXT NOT NULL CHECK (first_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The earliest occurred_at.
  last_event_at TEXT NOT NULL CHECK (last_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The latest occurred_at.
  PRIMARY KEY (period, bucket_start, action)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_rollup VALUES('day','2026-01-01T00:00:00.000000Z','login',1,0,'2026-01-01T00:00:00.000000Z','2026-01-01T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-01-01T00:00:00.000000Z','login_failed',1,1,'2026-01-01T10:00:00.000000Z','2026-01-01T10:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-01-01T00:00:00.000000Z','login',1,0,'2026-01-01T00:00:00.000000Z','2026-01-01T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-01-01T10:00:00.000000Z','login_failed',1,1,'2026-01-01T10:00:00.000000Z','2026-01-01T10:00:00.000000Z');
CREATE TABLE stead_audit_posting ( -- Postings: which sealed events have which value. A row has the events of one block whose values fall into one bucket.
  dimension INTEGER NOT NULL, -- 1: action, 2: resource_type, 3: resource_id, 4: actor_id, 5: actor_name, 6: ip_address.
  bucket INTEGER NOT NULL, -- 1, 16 to 31, 128 to 255 or 512 to 1023, by the size of the block and the hash of the value.
  last_event_at TEXT NOT NULL CHECK (last_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The block's last_event_at.
  block INTEGER NOT NULL, -- The block.
  part INTEGER NOT NULL, -- Number of the row in its bucket, down to 0.
  entries BLOB NOT NULL, -- The hashes of the values and the ids of their events.
  PRIMARY KEY (dimension, bucket, last_event_at, block, part)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_posting VALUES(1,1,'2026-01-01T10:00:00.000000Z',1,0,X'0233b1c63b00030102d95c44bd10b30101');
INSERT INTO stead_audit_posting VALUES(2,1,'2026-01-01T10:00:00.000000Z',1,0,X'02e96cc239da94020102');
INSERT INTO stead_audit_posting VALUES(3,1,'2026-01-01T10:00:00.000000Z',1,0,X'026f6907f61ded0102');
INSERT INTO stead_audit_posting VALUES(4,1,'2026-01-01T10:00:00.000000Z',1,0,X'0204b9f4538ca30102');
INSERT INTO stead_audit_posting VALUES(5,1,'2026-01-01T10:00:00.000000Z',1,0,X'0214a458c77db80102');
INSERT INTO stead_audit_posting VALUES(6,1,'2026-01-01T10:00:00.000000Z',1,0,X'0217e227d4b92d0102');
CREATE TABLE stead_audit_index ( -- The blocks that are indexed.
  block INTEGER NOT NULL, -- The block.
  postings INTEGER NOT NULL CHECK (postings >= 0), -- How many rows it has in stead_audit_posting.
  trigrams BLOB NOT NULL, -- The trigrams of its events' action, resource_id, actor_name and details, by which a search skips blocks.
  PRIMARY KEY (block)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_index VALUES(1,6,X'e5e28001ba9108d174bfe13bfef522af8c95018a8608fc05938c0febdd04849004f6f307ff11f90384ee0bfe07830cfedf07829004b8a30cd6f207c0df12b98008');
CREATE TABLE stead_audit_index_key ( -- The secret of the hashes in stead_audit_posting.
  number INTEGER NOT NULL, -- 1: there is one.
  secret BLOB NOT NULL, -- 32 random bytes. Without them no posting can be found.
  PRIMARY KEY (number)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_index_key VALUES(1,X'd041a361afb7978cd77a6a8eecb61c7dd87ea5f5ff1fbdd14fe22cd5b19bbafe');
CREATE TABLE stead_setting ( -- Settings: a row for each key, with its definition and its value.
  key TEXT NOT NULL, -- 1 to 200 bytes.
  value TEXT, -- The value; null: the default applies.
  type TEXT, -- text, bool, int, real or json; null: not defined, plain text.
  default_value TEXT, -- Applies while there is no value.
  description TEXT, -- What it is for.
  options TEXT, -- JSON as defined: secret, min, max, choices.
  secret INTEGER NOT NULL CHECK (secret IN (0, 1)), -- Shown by stead_setting_reveal only.
  version INTEGER NOT NULL, -- The version of all settings at its last change.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it last changed.
  updated_by TEXT, -- Who set the value last, as the application says; null after a redefinition.
  PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_setting VALUES('app.key','hush','text',NULL,'A key.','{"secret":true}',1,7,'2026-11-28T20:52:09.670257Z','alice');
INSERT INTO stead_setting VALUES('app.limit','30','int','10','How many.','{"min":1,"max":100}',0,6,'2026-11-28T20:52:09.669743Z','bob');
INSERT INTO stead_setting VALUES('app.on',NULL,'bool','true',NULL,NULL,0,2,'2026-11-28T20:52:09.667548Z',NULL);
INSERT INTO stead_setting VALUES('app.rate',NULL,'real','0.5',NULL,NULL,0,3,'2026-11-28T20:52:09.668100Z',NULL);
INSERT INTO stead_setting VALUES('plain','text',NULL,NULL,NULL,NULL,0,8,'2026-11-28T20:52:09.670763Z','alice');
INSERT INTO stead_setting VALUES('s','ses_ef6j_9UxlDTsoi3Pg1930g',NULL,NULL,NULL,NULL,0,11,'2026-11-28T20:52:09.677601Z',NULL);
INSERT INTO stead_setting VALUES('stead.cache.enabled','false','bool','true','Each connection caches sessions and users that it has read.',NULL,0,15,'2026-11-28T20:52:09.682918Z','alice');
INSERT INTO stead_setting VALUES('stead.cache.max_entries','77','int','10000','How many sessions, and how many users, a connection caches at most; also how many KiB of each.','{"min":1,"max":10000000}',0,14,'2026-11-28T20:52:09.682393Z','alice');
INSERT INTO stead_setting VALUES('stead.retention.batch_ms','60000','int','2','SQLite: how many milliseconds a batch of a prune may make other writers wait.','{"min":1,"max":60000}',0,13,'2026-11-28T20:52:09.681851Z',NULL);
INSERT INTO stead_setting VALUES('t','sts_YnVPmSlrqrKoFcJKvVfYndP-MRhjLKp1Ce_yPvYk20o',NULL,NULL,NULL,NULL,0,10,'2026-11-28T20:52:09.676302Z',NULL);
CREATE TABLE stead_setting_change ( -- The history of settings: a row for each change of a value.
  id INTEGER PRIMARY KEY CHECK (id > 0 AND id < 9223372036854775807), -- Number of the row.
  key TEXT NOT NULL, -- The setting.
  version INTEGER NOT NULL, -- The version of all settings that the change made.
  value TEXT, -- The new value; null if it was deleted, or the setting is a secret.
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)), -- The value was deleted: the default applies again.
  changed_at TEXT NOT NULL CHECK (changed_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When.
  changed_by TEXT -- Who, as the application says.
) STRICT;
INSERT INTO stead_setting_change VALUES(1,'app.limit',5,'20',0,'2026-11-28T20:52:09.669193Z','alice');
INSERT INTO stead_setting_change VALUES(2,'app.limit',6,'30',0,'2026-11-28T20:52:09.669764Z','bob');
INSERT INTO stead_setting_change VALUES(3,'app.key',7,NULL,0,'2026-11-28T20:52:09.670277Z','alice');
INSERT INTO stead_setting_change VALUES(4,'plain',8,'text',0,'2026-11-28T20:52:09.670779Z','alice');
INSERT INTO stead_setting_change VALUES(5,'stead.session.audit',9,'off',0,'2026-11-28T20:52:09.674718Z',NULL);
INSERT INTO stead_setting_change VALUES(6,'t',10,'sts_YnVPmSlrqrKoFcJKvVfYndP-MRhjLKp1Ce_yPvYk20o',0,'2026-11-28T20:52:09.676326Z',NULL);
INSERT INTO stead_setting_change VALUES(7,'s',11,'ses_ef6j_9UxlDTsoi3Pg1930g',0,'2026-11-28T20:52:09.677627Z',NULL);
INSERT INTO stead_setting_change VALUES(8,'stead.session.audit',12,NULL,1,'2026-11-28T20:52:09.678397Z',NULL);
INSERT INTO stead_setting_change VALUES(9,'stead.retention.batch_ms',13,'60000',0,'2026-11-28T20:52:09.681873Z',NULL);
INSERT INTO stead_setting_change VALUES(10,'stead.cache.max_entries',14,'77',0,'2026-11-28T20:52:09.682410Z','alice');
INSERT INTO stead_setting_change VALUES(11,'stead.cache.enabled',15,'false',0,'2026-11-28T20:52:09.682934Z','alice');
CREATE TABLE stead_setting_version ( -- The version of all settings, in one row.
  id INTEGER NOT NULL, -- Always 1.
  version INTEGER NOT NULL CHECK (version >= 0), -- Grows with every change.
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_setting_version VALUES(1,15);
CREATE TABLE stead_user ( -- The users: one row each.
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id < 9223372036854775807), -- The user's number; never reused.
  username TEXT NOT NULL, -- 1 to 200 bytes; no two users have the same.
  email TEXT, -- At most 320 bytes; no two users have the same.
  active INTEGER NOT NULL CHECK (active IN (0, 1)), -- False: the user has no permissions and no valid session.
  approved INTEGER NOT NULL CHECK (approved IN (0, 1)), -- False: the same, until somebody approves the user.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When the row was made.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z') -- When it last changed.
) STRICT;
INSERT INTO stead_user VALUES(1,'alice','alice@example.org',1,1,'2026-11-28T20:52:09.671240Z','2026-11-28T20:52:09.671240Z');
INSERT INTO stead_user VALUES(2,'bob',NULL,0,1,'2026-11-28T20:52:09.671985Z','2026-11-28T20:52:09.671985Z');
CREATE TABLE stead_role ( -- The roles: one row each.
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id < 9223372036854775807), -- The role's number; never reused.
  name TEXT NOT NULL, -- 1 to 200 bytes; no two roles have the same.
  description TEXT, -- What it is for.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z') -- When the row was made.
) STRICT;
INSERT INTO stead_role VALUES(1,'viewer','May look.','2026-11-28T20:52:09.672445Z');
CREATE TABLE stead_user_role ( -- Which user has which role.
  user_id INTEGER NOT NULL REFERENCES stead_user ON DELETE CASCADE, -- The user.
  role_id INTEGER NOT NULL REFERENCES stead_role ON DELETE CASCADE, -- The role.
  PRIMARY KEY (user_id, role_id)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_user_role VALUES(1,1);
CREATE TABLE stead_role_permission ( -- What each role may do.
  role_id INTEGER NOT NULL REFERENCES stead_role ON DELETE CASCADE, -- The role.
  permission TEXT NOT NULL, -- 1 to 200 bytes, such as app.view, app.* or *.
  PRIMARY KEY (role_id, permission)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_role_permission VALUES(1,'app.*');
CREATE TABLE stead_session ( -- The sessions, ended ones too.
  id TEXT NOT NULL, -- Name of the session; not secret.
  user_id INTEGER NOT NULL REFERENCES stead_user ON DELETE CASCADE, -- The user.
  token_hash BLOB NOT NULL, -- SHA-256 of the token.
  previous_hash BLOB, -- SHA-256 of the token before the last rotation.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was created.
  expires_at TEXT NOT NULL CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- From this moment on it is not valid.
  idle_seconds INTEGER CHECK (idle_seconds >= 1 AND idle_seconds <= 3153600000), -- It is idle after so long unseen; null: never.
  last_seen_at TEXT NOT NULL CHECK (last_seen_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was last marked as seen.
  ip_address TEXT, -- Address of the client that created it.
  user_agent TEXT, -- Program of that client.
  revoked_at TEXT CHECK (revoked_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was revoked.
  revoke_reason TEXT, -- Why.
  PRIMARY KEY (id)
) STRICT;
INSERT INTO stead_session VALUES('ses_ef6j_9UxlDTsoi3Pg1930g',1,X'88437ce12e1893317f8c9618935062f055c8b392b62eb650ad07035bdd172198',NULL,'2026-11-28T20:52:09.675454Z','2036-11-25T20:52:09.675454Z',NULL,'2026-11-28T20:52:09.675454Z','10.0.0.1','curl',NULL,NULL);
CREATE TABLE stead_jwt_key ( -- Keys of JSON Web Tokens: the public parts, which verify.
  kid TEXT NOT NULL, -- Name of the key in a token's header, 1 to 200 bytes.
  algorithm TEXT NOT NULL, -- Its only algorithm: HS256, RS256, PS256, ES256, EdDSA and so on.
  public_key TEXT, -- PEM; null for HS, whose secret both signs and verifies.
  issuer TEXT, -- What the claim iss must be; null: anything.
  audience_claim TEXT, -- What the claim aud must be or contain; null: a token must have no aud.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When the kid was first set.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it last changed.
  for_sessions INTEGER NOT NULL CHECK (for_sessions IN (0, 1)), -- Whether its tokens can be used as session tokens.
  PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_jwt_key VALUES('ed','EdDSA',replace('-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,NULL,'2026-11-28T20:52:09.681130Z','2026-11-28T20:52:09.681130Z',0);
INSERT INTO stead_jwt_key VALUES('secret','HS256',NULL,'joe','app','2026-11-28T20:52:09.679078Z','2026-11-28T20:52:09.679078Z',0);
CREATE TABLE stead_jwt_private_key ( -- Keys of JSON Web Tokens: the private parts, which sign. Protect them like passwords.
  kid TEXT NOT NULL, -- The key.
  private_key TEXT NOT NULL, -- PEM (PKCS #8), or the base64url secret for HS.
  PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_jwt_private_key VALUES('ed',replace('-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n','\n',char(10)));
INSERT INTO stead_jwt_private_key VALUES('secret','MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
CREATE TABLE stead_retention ( -- Retention policies: one row for each target that has a policy, a hold or a run.
  target TEXT NOT NULL, -- One of Stead's targets, or the name of a table, quoted if SQL needs that.
  time_column TEXT, -- The column of the table that tells the age of a row.
  keep_days INTEGER CHECK (keep_days >= 0 AND keep_days <= 36500), -- Rows strictly older are pruned; null: there is no policy.
  batch_rows INTEGER NOT NULL CHECK (batch_rows >= 1 AND batch_rows <= 1000000), -- The most rows that one batch deletes.
  hold_reason TEXT, -- Why the target is held; null: there is no hold.
  owner TEXT, -- The role that the table belonged to when the policy was set; null on SQLite.
  last_run_at TEXT CHECK (last_run_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The latest run. A run that deletes nothing is recorded once an hour at most.
  last_deleted INTEGER NOT NULL CHECK (last_deleted >= 0), -- How many rows the latest run deleted.
  total_deleted INTEGER NOT NULL CHECK (total_deleted >= 0), -- How many rows all runs have deleted.
  cleared_before TEXT CHECK (cleared_before GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The cutoff of the latest run; null: there was none since schema 4.
  known_rows INTEGER CHECK (known_rows >= 0), -- How many rows before cleared_before were left when the latest run ended or paused; null: not counted. If there are more now, the others are new to the safety stop.
  pending_event TEXT, -- Details of the event stead.prune that upkeep will write at its end; null: none is due.
  PRIMARY KEY (target)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_retention VALUES('audit',NULL,NULL,10000,NULL,NULL,NULL,0,0,NULL,NULL,NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('stead_audit_event',4);
INSERT INTO sqlite_sequence VALUES('stead_user',2);
INSERT INTO sqlite_sequence VALUES('stead_role',1);
CREATE INDEX stead_audit_event_time ON stead_audit_event (occurred_at);
CREATE INDEX stead_audit_event_failure ON stead_audit_event (occurred_at) WHERE NOT success;
CREATE INDEX stead_audit_event_place ON stead_audit_event (era, transaction_id) WHERE (era <> 0 OR transaction_id <> 0);
CREATE TRIGGER stead_audit_event_no_update BEFORE UPDATE ON stead_audit_event WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_event')
BEGIN SELECT RAISE(ABORT, 'stead_audit_event is append-only: UPDATE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_event_no_delete BEFORE DELETE ON stead_audit_event WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_event')
BEGIN SELECT RAISE(ABORT, 'stead_audit_event is append-only: DELETE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_event_no_replace BEFORE INSERT ON stead_audit_event WHEN EXISTS (SELECT 1 FROM stead_audit_event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'stead_audit_event is append-only: REPLACE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE INDEX stead_audit_block_era ON stead_audit_block (era);
CREATE INDEX stead_audit_block_place ON stead_audit_block (era, last_transaction_id, last_event_id);
CREATE INDEX stead_audit_block_leaf ON stead_audit_block (first_leaf);
CREATE INDEX stead_audit_block_time ON stead_audit_block (last_event_at, first_event_at);
CREATE TRIGGER stead_audit_block_no_update BEFORE UPDATE ON stead_audit_block WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_block')
BEGIN SELECT RAISE(ABORT, 'stead_audit_block is append-only: UPDATE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_block_no_delete BEFORE DELETE ON stead_audit_block WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_block')
BEGIN SELECT RAISE(ABORT, 'stead_audit_block is append-only: DELETE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_block_no_replace BEFORE INSERT ON stead_audit_block WHEN EXISTS (SELECT 1 FROM stead_audit_block WHERE block = NEW.block)
BEGIN SELECT RAISE(ABORT, 'stead_audit_block is append-only: REPLACE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE INDEX stead_audit_leaf_age ON stead_audit_leaf (last_event_at);
CREATE INDEX stead_audit_leaf_unindexed ON stead_audit_leaf (block) WHERE indexed IS NULL;
CREATE TRIGGER stead_audit_leaf_no_update BEFORE UPDATE ON stead_audit_leaf WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_leaf')
BEGIN SELECT RAISE(ABORT, 'stead_audit_leaf is append-only: UPDATE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_leaf_no_delete BEFORE DELETE ON stead_audit_leaf WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_leaf')
BEGIN SELECT RAISE(ABORT, 'stead_audit_leaf is append-only: DELETE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_leaf_no_replace BEFORE INSERT ON stead_audit_leaf WHEN EXISTS (SELECT 1 FROM stead_audit_leaf WHERE block = NEW.block)
BEGIN SELECT RAISE(ABORT, 'stead_audit_leaf is append-only: REPLACE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE UNIQUE INDEX stead_audit_account_block ON stead_audit_account (block) WHERE block IS NOT NULL;
CREATE TRIGGER stead_audit_account_no_update BEFORE UPDATE ON stead_audit_account WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_account')
BEGIN SELECT RAISE(ABORT, 'stead_audit_account is append-only: UPDATE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_account_no_delete BEFORE DELETE ON stead_audit_account WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_account')
BEGIN SELECT RAISE(ABORT, 'stead_audit_account is append-only: DELETE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_account_no_replace BEFORE INSERT ON stead_audit_account WHEN EXISTS (SELECT 1 FROM stead_audit_account WHERE account = NEW.account) OR EXISTS (SELECT 1 FROM stead_audit_account WHERE block = NEW.block AND (block IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'stead_audit_account is append-only: REPLACE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_setting_signal_insert AFTER INSERT ON stead_setting
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 256, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_setting_signal_update AFTER UPDATE ON stead_setting
WHEN OLD.key IS NOT NEW.key OR OLD.value IS NOT NEW.value OR OLD.type IS NOT NEW.type OR OLD.default_value IS NOT NEW.default_value OR OLD.description IS NOT NEW.description OR OLD.options IS NOT NEW.options OR OLD.secret IS NOT NEW.secret OR OLD.version IS NOT NEW.version OR OLD.updated_at IS NOT NEW.updated_at OR OLD.updated_by IS NOT NEW.updated_by
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 256, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_setting_signal_delete AFTER DELETE ON stead_setting
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 256, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE INDEX stead_setting_change_key ON stead_setting_change (key, version);
CREATE INDEX stead_setting_change_time ON stead_setting_change (changed_at);
CREATE UNIQUE INDEX stead_user_username ON stead_user (username);
CREATE UNIQUE INDEX stead_user_email ON stead_user (email);
CREATE TRIGGER stead_user_signal_update AFTER UPDATE ON stead_user
WHEN OLD.id IS NOT NEW.id OR OLD.username IS NOT NEW.username OR OLD.email IS NOT NEW.email OR OLD.active IS NOT NEW.active OR OLD.approved IS NOT NEW.approved
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT OLD.id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT NEW.id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_user_signal_delete AFTER DELETE ON stead_user
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT OLD.id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_user_signal_replace BEFORE INSERT ON stead_user
WHEN EXISTS (SELECT 1 FROM stead_user AS gone WHERE gone.id = NEW.id OR gone.username = NEW.username OR gone.email = NEW.email)
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT gone.id & 255, total.generation FROM stead_signal AS total, stead_user AS gone
    WHERE total.signal = -1 AND (gone.id = NEW.id OR gone.username = NEW.username OR gone.email = NEW.email)
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_user_signal_replace_by_update BEFORE UPDATE ON stead_user
WHEN OLD.id IS NOT NEW.id OR OLD.username IS NOT NEW.username OR OLD.email IS NOT NEW.email OR OLD.active IS NOT NEW.active OR OLD.approved IS NOT NEW.approved
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT gone.id & 255, total.generation FROM stead_signal AS total, stead_user AS gone
    WHERE total.signal = -1 AND (gone.id = NEW.id OR gone.username = NEW.username OR gone.email = NEW.email)
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE UNIQUE INDEX stead_role_name ON stead_role (name);
CREATE TRIGGER stead_role_signal_insert AFTER INSERT ON stead_role
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 257, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_role_signal_update AFTER UPDATE ON stead_role
WHEN OLD.id IS NOT NEW.id OR OLD.name IS NOT NEW.name
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 257, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_role_signal_delete AFTER DELETE ON stead_role
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 257, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE INDEX stead_user_role_role ON stead_user_role (role_id);
CREATE TRIGGER stead_user_role_signal_insert AFTER INSERT ON stead_user_role
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT NEW.user_id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_user_role_signal_update AFTER UPDATE ON stead_user_role
WHEN OLD.user_id IS NOT NEW.user_id OR OLD.role_id IS NOT NEW.role_id
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT OLD.user_id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT NEW.user_id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_user_role_signal_delete AFTER DELETE ON stead_user_role
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT OLD.user_id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_role_permission_signal_insert AFTER INSERT ON stead_role_permission
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 258, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_role_permission_signal_update AFTER UPDATE ON stead_role_permission
WHEN OLD.role_id IS NOT NEW.role_id OR OLD.permission IS NOT NEW.permission
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 258, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_role_permission_signal_delete AFTER DELETE ON stead_role_permission
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 258, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE UNIQUE INDEX stead_session_token ON stead_session (token_hash);
CREATE INDEX stead_session_previous ON stead_session (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX stead_session_user ON stead_session (user_id);
CREATE INDEX stead_session_ended ON stead_session ((CASE WHEN revoked_at < expires_at THEN revoked_at ELSE expires_at END));
CREATE TRIGGER stead_session_signal_update AFTER UPDATE ON stead_session
WHEN OLD.id IS NOT NEW.id OR OLD.user_id IS NOT NEW.user_id OR OLD.token_hash IS NOT NEW.token_hash OR OLD.created_at IS NOT NEW.created_at OR OLD.expires_at IS NOT NEW.expires_at OR OLD.idle_seconds IS NOT NEW.idle_seconds OR OLD.revoked_at IS NOT NEW.revoked_at OR OLD.rowid <> NEW.rowid
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT OLD.user_id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT NEW.user_id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_session_signal_delete AFTER DELETE ON stead_session
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT OLD.user_id & 255, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_session_signal_replace BEFORE INSERT ON stead_session
WHEN EXISTS (SELECT 1 FROM stead_session AS gone WHERE gone.id = NEW.id OR gone.token_hash = NEW.token_hash OR gone.rowid = NEW.rowid)
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT gone.user_id & 255, total.generation FROM stead_signal AS total, stead_session AS gone
    WHERE total.signal = -1 AND (gone.id = NEW.id OR gone.token_hash = NEW.token_hash OR gone.rowid = NEW.rowid)
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_session_signal_replace_by_update BEFORE UPDATE ON stead_session
WHEN OLD.id IS NOT NEW.id OR OLD.user_id IS NOT NEW.user_id OR OLD.token_hash IS NOT NEW.token_hash OR OLD.created_at IS NOT NEW.created_at OR OLD.expires_at IS NOT NEW.expires_at OR OLD.idle_seconds IS NOT NEW.idle_seconds OR OLD.revoked_at IS NOT NEW.revoked_at OR OLD.rowid <> NEW.rowid
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT gone.user_id & 255, total.generation FROM stead_signal AS total, stead_session AS gone
    WHERE total.signal = -1 AND (gone.id = NEW.id OR gone.token_hash = NEW.token_hash OR gone.rowid = NEW.rowid)
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_jwt_key_signal_insert AFTER INSERT ON stead_jwt_key
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 259, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_jwt_key_signal_update AFTER UPDATE ON stead_jwt_key
WHEN OLD.kid IS NOT NEW.kid OR OLD.algorithm IS NOT NEW.algorithm OR OLD.public_key IS NOT NEW.public_key OR OLD.issuer IS NOT NEW.issuer OR OLD.audience_claim IS NOT NEW.audience_claim OR OLD.created_at IS NOT NEW.created_at OR OLD.updated_at IS NOT NEW.updated_at OR OLD.for_sessions IS NOT NEW.for_sessions
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 259, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_jwt_key_signal_delete AFTER DELETE ON stead_jwt_key
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 259, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_jwt_private_key_signal_insert AFTER INSERT ON stead_jwt_private_key
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 260, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_jwt_private_key_signal_update AFTER UPDATE ON stead_jwt_private_key
WHEN OLD.kid IS NOT NEW.kid OR OLD.private_key IS NOT NEW.private_key
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 260, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
CREATE TRIGGER stead_jwt_private_key_signal_delete AFTER DELETE ON stead_jwt_private_key
WHEN true
BEGIN
  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))
    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;
  INSERT INTO stead_signal (signal, generation)
    SELECT 260, total.generation FROM stead_signal AS total
    WHERE total.signal = -1
    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;
END;
COMMIT;
