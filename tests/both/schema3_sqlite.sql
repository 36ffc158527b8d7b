PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE stead_schema ( -- The version of Stead's tables: one row.
  id INTEGER NOT NULL, -- Always 1.
  version INTEGER NOT NULL, -- The schema version stead_init() brought the tables to.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it did.
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_schema VALUES(1,3,'2026-11-28T07:28:32.646835Z');
CREATE TABLE stead_signal ( -- What tells connections to forget what they remember. On PostgreSQL it stays empty: there messages do.
  signal INTEGER NOT NULL, -- Number of a signal; -1: all of them.
  generation INTEGER NOT NULL, -- Row -1: how many were given; another: which of these was the last of its kind.
  PRIMARY KEY (signal)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_signal VALUES(-1,1338736258602024352);
INSERT INTO stead_signal VALUES(1,1338736258602024350);
INSERT INTO stead_signal VALUES(256,1338736258602024347);
INSERT INTO stead_signal VALUES(257,1338736258602024348);
INSERT INTO stead_signal VALUES(258,1338736258602024349);
INSERT INTO stead_signal VALUES(259,1338736258602024351);
INSERT INTO stead_signal VALUES(260,1338736258602024352);
CREATE TABLE stead_permit ( -- Names the append-only table that a statement of Stead's own is changing. Between statements it is empty; on PostgreSQL it stays so.
  name TEXT NOT NULL, -- The table's name, without the prefix.
  PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
CREATE TABLE stead_lease ( -- Who is at a piece of upkeep that only one call does at a time. Between calls it is empty; on PostgreSQL it stays so.
  name TEXT NOT NULL, -- The function that is called, without the prefix.
  holder TEXT NOT NULL, -- Number of the process, its machine, and its connection.
  expires_at TEXT NOT NULL CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- From then on it is anyone's.
  PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
CREATE TABLE stead_audit_event ( -- The audit trail: one row an event, append-only.
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id < 9223372036854775807), -- Number of the event, growing, never given again; gaps are possible.
  occurred_at TEXT NOT NULL CHECK (occurred_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it happened, as the application says.
  recorded_at TEXT NOT NULL CHECK (recorded_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was logged, by the clock of the database.
  action TEXT NOT NULL, -- What was done, such as user.login.
  resource_type TEXT, -- What kind of thing it was done to.
  resource_id TEXT, -- Which one, as the application names it.
  actor_id TEXT, -- Who did it, as the application names them.
  actor_name TEXT, -- The name they went by then.
  success INTEGER NOT NULL CHECK (success IN (0, 1)), -- Whether it succeeded.
  details TEXT, -- What else is to be known, byte for byte as given.
  error TEXT, -- Why it failed.
  ip_address TEXT, -- Where it came from.
  user_agent TEXT, -- What program it came through.
  era INTEGER NOT NULL DEFAULT 0, -- Whose transactions are counted: on PostgreSQL the cluster's system identifier.
  transaction_id INTEGER NOT NULL DEFAULT 0, -- The transaction that logged it, by which sealing tells what is settled.
  nonce BLOB DEFAULT (randomblob(16)), -- Random bytes, so that what a redaction leaves cannot be guessed.
  redacted BLOB -- Once redacted: the SHA-256 of what the personal columns held.
) STRICT;
INSERT INTO stead_audit_event VALUES(6,'2026-11-28T07:28:32.796391Z','2026-11-28T07:28:32.796391Z','stead.prune','retention','audit',NULL,NULL,1,'{"target":"audit","cutoff":"2026-05-12T07:28:32.795843Z","rows":5,"account":2,"digest":"IjSBmTUXrnSjJ6tekuSrkaJ4AGgjA3IJg8hFslUT/o0="}',NULL,NULL,NULL,0,0,X'45312291032a094a95327cc7a44e3bfb',NULL);
INSERT INTO stead_audit_event VALUES(7,'2026-11-01T00:00:00.000000Z','2026-11-28T07:28:32.815469Z','kept','type','k','7','alice',1,NULL,NULL,NULL,NULL,0,0,X'c78a3d9b4eecd015fe3a1572d9cfdc22',NULL);
INSERT INTO stead_audit_event VALUES(8,'2026-11-28T07:28:32.951742Z','2026-11-28T07:28:32.951742Z','stead.session.create','session','ses_lQEAMaXzRqFHHNpNDEWAMQ','1','alice',1,NULL,NULL,NULL,NULL,0,0,X'baa3a54ea48590de6a9daa7c6b534103',NULL);
CREATE TABLE stead_audit_block ( -- Sealed events: one row a block, a stretch of the log in the order of (era, transaction_id, id). Append-only.
  block INTEGER NOT NULL, -- Number of the block, from 1, without gaps.
  era INTEGER NOT NULL, -- The era of its events.
  first_leaf INTEGER NOT NULL, -- Number of its first leaf in the Merkle tree, from 0.
  events INTEGER NOT NULL, -- How many events it seals.
  last_transaction_id INTEGER NOT NULL, -- The transaction_id of its last event.
  last_event_id INTEGER NOT NULL, -- The id of its last event.
  first_event_at TEXT NOT NULL CHECK (first_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The earliest occurred_at of its events.
  last_event_at TEXT NOT NULL CHECK (last_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The latest occurred_at of its events.
  sealed_at TEXT NOT NULL CHECK (sealed_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was sealed, by the clock of the database.
  subtrees BLOB NOT NULL, -- The compact range of its leaves: SHA-256 hashes of 32 bytes.
  frontier BLOB NOT NULL, -- The compact range of all leaves up to its last.
  root BLOB NOT NULL, -- The root of the Merkle tree (RFC 9162) up to its last leaf.
  folded BLOB NOT NULL, -- What it added to the rollups.
  listed BLOB NOT NULL, -- SHA-256 of the list of its leaves.
  digest BLOB NOT NULL, -- SHA-256 of the columns before.
  PRIMARY KEY (block)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_block VALUES(1,0,0,3,0,3,'2026-01-01T00:00:00.000000Z','2026-01-03T23:59:59.999999Z','2026-11-28T07:28:32.711793Z',X'd4d505f0b4f631a3594ebb8ed6873e9ab7b25f828db1c134b055c5a047512596f66d9c1a10be393ee8f1015dccc69e214dd6df4675fef774cdffc8bf912e0932',X'd4d505f0b4f631a3594ebb8ed6873e9ab7b25f828db1c134b055c5a047512596f66d9c1a10be393ee8f1015dccc69e214dd6df4675fef774cdffc8bf912e0932',X'd850a0ca63bbcd8b650362332919d660b33072bb0fd3b8fb4ecda2dd8975a750',X'00064748462040000000000000000001000000000000000000064748462040000006474846204000000000056c6f67696e00064750a7e4a8000000000000000001000000000000000100064750a7e4a80000064750a7e4a8000000000c6c6f67696e5f6661696c656400064783c912bc0000000000000000010000000000000000000647849fa65fff000647849fa65fff0000000d6170705f696e7374616c6c6564',X'1162c6081536564d80ccfc6923507c823a585a6cddbee7a91c837581ebe52319',X'42a70237225d2b4d4d2ee7ad1514f87074a9715279fc355022ea3af8a458a0a1');
INSERT INTO stead_audit_block VALUES(2,0,3,2,0,5,'2001-02-03T04:05:06.789012Z','2026-01-04T00:00:00.000000Z','2026-11-28T07:28:32.767509Z',X'c43f734348d10272a804801dee32595df494243d1ec08c5712f22f77464544a844f9937daba5dc70b5dd969f31e6bc310ecb23c1bd2ca346a1edafcbb05d04b4',X'e629460d9c8645ac04a0c12aac8a9326a681171fbac63658b5349492c06a8f8644f9937daba5dc70b5dd969f31e6bc310ecb23c1bd2ca346a1edafcbb05d04b4',X'dba0c06bfc6833d7280e1265d53904e0a51da087f53fc60a4558109cebb8c879',X'00037c5f183510000000000000000001000000000000000100037c5f2a7e4a9400037c5f2a7e4a9400000005636166c3a9000647849fa6600000000000000000010000000000000000000647849fa66000000647849fa6600000000006737061727365',X'7f6e0d8534877016804de501df7d3dbbabece36db470cb8813a9c58b2d4c2b94',X'1022ae34504217405b6c5eee4caac89e80033cba403ff8194e7eb234a4036423');
INSERT INTO stead_audit_block VALUES(3,0,5,3,0,8,'2026-11-01T00:00:00.000000Z','2026-11-28T07:28:32.951742Z','2026-11-28T07:28:32.991477Z',X'e6c4b0210c9d381c880a2e4915a53637dd4631ce73d18f604e7b45d1a07cde171f757971340f4d5986ba9a85445fce4cbf57a3dd4af2c42445d739d7243d86f3',X'eb211fe53c9ecb8411c735b836399dd2e7b404d41d6b3f6975eff42085e4a3c0',X'eb211fe53c9ecb8411c735b836399dd2e7b404d41d6b3f6975eff42085e4a3c0',X'00065f2bb5e240000000000000000001000000000000000000065f2bb5e2400000065f2bb5e24000000000046b65707400066150b9a2dc0000000000000000010000000000000000000661511fba0ee7000661511fba0ee70000000b73746561642e7072756e6500066150b9a2dc0000000000000000010000000000000000000661511fbc6dbe000661511fbc6dbe0000001473746561642e73657373696f6e2e637265617465',X'873ae2143b0b246903582798cd52c06238784e769768b03dd31e22d2585130db',X'1e936ca09953386044fbaf145e3fd5b9a059da362d6ca77e510b953dd5b5b520');
CREATE TABLE stead_audit_leaf ( -- The leaves of blocks that are not pruned, by which a changed event is told from one that is missing. Append-only.
  block INTEGER NOT NULL, -- The block.
  leaves BLOB NOT NULL, -- For each event its id, 8 bytes big endian, and the first 8 bytes of its leaf hash.
  PRIMARY KEY (block)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_leaf VALUES(3,X'0000000000000006e6c4b0210c9d381c00000000000000078f815c2d0fe2ab7f00000000000000089e387ee084a08fe0');
CREATE TABLE stead_audit_account ( -- What was pruned of the log and of its rollups: an account is made before anything is deleted. Append-only.
  account INTEGER NOT NULL, -- Number of the account, from 1, without gaps.
  block INTEGER, -- The block whose events are pruned; null: rollups of before the cutoff are.
  cutoff TEXT NOT NULL CHECK (cutoff GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- What was older was pruned.
  events INTEGER NOT NULL, -- How many events the block had.
  made_at TEXT NOT NULL CHECK (made_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When, by the clock of the database.
  digest BLOB NOT NULL, -- SHA-256 of the account before's digest, of these columns and of the block's digest.
  PRIMARY KEY (account)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_account VALUES(1,1,'2026-05-12T07:28:32.795843Z',3,'2026-11-28T07:28:32.795924Z',X'52b34d8de05db96c1f4791dcdb288f04ab4e65bd033496b0c81d049bc421fb9c');
INSERT INTO stead_audit_account VALUES(2,2,'2026-05-12T07:28:32.795843Z',2,'2026-11-28T07:28:32.796307Z',X'223481993517ae74a327ab5e92e4ab91a27800682303720983c845b25513fe8d');
CREATE TABLE stead_audit_rollup ( -- How many sealed events of each action there were in each hour and day (UTC), pruned ones included.
  period TEXT NOT NULL, -- hour or day.
  bucket_start TEXT NOT NULL CHECK (bucket_start GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it begins.
  action TEXT NOT NULL, -- The action.
  events INTEGER NOT NULL, -- How many events.
  failures INTEGER NOT NULL, -- How many of them failed.
  first_event_at TEXT NOT NULL CHECK (first_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The earliest occurred_at.
  last_event_at TEXT NOT NULL CHECK (last_event_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- The latest occurred_at.
  PRIMARY KEY (period, bucket_start, action)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_audit_rollup VALUES('day','2001-02-03T00:00:00.000000Z','café',1,1,'2001-02-03T04:05:06.789012Z','2001-02-03T04:05:06.789012Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-01-01T00:00:00.000000Z','login',1,0,'2026-01-01T00:00:00.000000Z','2026-01-01T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-01-01T00:00:00.000000Z','login_failed',1,1,'2026-01-01T10:00:00.000000Z','2026-01-01T10:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-01-03T00:00:00.000000Z','app_installed',1,0,'2026-01-03T23:59:59.999999Z','2026-01-03T23:59:59.999999Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-01-04T00:00:00.000000Z','sparse',1,0,'2026-01-04T00:00:00.000000Z','2026-01-04T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-11-01T00:00:00.000000Z','kept',1,0,'2026-11-01T00:00:00.000000Z','2026-11-01T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-11-28T00:00:00.000000Z','stead.prune',1,0,'2026-11-28T07:28:32.796391Z','2026-11-28T07:28:32.796391Z');
INSERT INTO stead_audit_rollup VALUES('day','2026-11-28T00:00:00.000000Z','stead.session.create',1,0,'2026-11-28T07:28:32.951742Z','2026-11-28T07:28:32.951742Z');
INSERT INTO stead_audit_rollup VALUES('hour','2001-02-03T04:00:00.000000Z','café',1,1,'2001-02-03T04:05:06.789012Z','2001-02-03T04:05:06.789012Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-01-01T00:00:00.000000Z','login',1,0,'2026-01-01T00:00:00.000000Z','2026-01-01T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-01-01T10:00:00.000000Z','login_failed',1,1,'2026-01-01T10:00:00.000000Z','2026-01-01T10:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-01-03T23:00:00.000000Z','app_installed',1,0,'2026-01-03T23:59:59.999999Z','2026-01-03T23:59:59.999999Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-01-04T00:00:00.000000Z','sparse',1,0,'2026-01-04T00:00:00.000000Z','2026-01-04T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-11-01T00:00:00.000000Z','kept',1,0,'2026-11-01T00:00:00.000000Z','2026-11-01T00:00:00.000000Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-11-28T07:00:00.000000Z','stead.prune',1,0,'2026-11-28T07:28:32.796391Z','2026-11-28T07:28:32.796391Z');
INSERT INTO stead_audit_rollup VALUES('hour','2026-11-28T07:00:00.000000Z','stead.session.create',1,0,'2026-11-28T07:28:32.951742Z','2026-11-28T07:28:32.951742Z');
CREATE TABLE stead_setting ( -- Settings: definition and value, one row a key.
  key TEXT NOT NULL, -- 1 to 200 bytes.
  value TEXT, -- The value, or null: the default holds.
  type TEXT, -- text, bool, int, real or json; null: not defined, plain text.
  default_value TEXT, -- What holds while there is no value.
  description TEXT, -- What it is for.
  options TEXT, -- JSON as defined: secret, min, max, choices.
  secret INTEGER NOT NULL CHECK (secret IN (0, 1)), -- Shown by stead_setting_reveal only.
  version INTEGER NOT NULL, -- The version of all settings at its last change.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it last changed.
  updated_by TEXT, -- Who set the value last, as the application says; null after a redefinition.
  PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_setting VALUES('app.limit','20','int','10','How many.','{"min":1,"max":100}',0,2,'2026-11-28T07:28:32.871566Z','alice');
CREATE TABLE stead_setting_change ( -- What settings were set to: one row a change.
  id INTEGER PRIMARY KEY CHECK (id > 0 AND id < 9223372036854775807), -- Number of the row.
  key TEXT NOT NULL, -- The setting.
  version INTEGER NOT NULL, -- The version of all settings that the change made.
  value TEXT, -- What it was set to; null when deleted, and for a secret.
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)), -- It went back to the default.
  changed_at TEXT NOT NULL CHECK (changed_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When.
  changed_by TEXT -- Who, as the application says.
) STRICT;
INSERT INTO stead_setting_change VALUES(1,'app.limit',2,'20',0,'2026-11-28T07:28:32.871612Z','alice');
CREATE TABLE stead_setting_version ( -- The version of all settings: one row, which every change counts up.
  id INTEGER NOT NULL, -- Always 1.
  version INTEGER NOT NULL, -- Grows with every change.
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_setting_version VALUES(1,2);
CREATE TABLE stead_user ( -- The users: one row each.
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id < 9223372036854775807), -- The user's number; never given twice.
  username TEXT NOT NULL, -- 1 to 200 bytes; no two users have the same.
  email TEXT, -- At most 320 bytes; no two users have the same.
  active INTEGER NOT NULL CHECK (active IN (0, 1)), -- False: nothing is granted, and sessions are not valid.
  approved INTEGER NOT NULL CHECK (approved IN (0, 1)), -- False: likewise, until somebody approves.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When the row was made.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z') -- When it last changed.
) STRICT;
INSERT INTO stead_user VALUES(1,'alice','alice@example.org',1,1,'2026-11-28T07:28:32.880015Z','2026-11-28T07:28:32.880015Z');
CREATE TABLE stead_role ( -- The roles: one row each.
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id < 9223372036854775807), -- The role's number; never given twice.
  name TEXT NOT NULL, -- 1 to 200 bytes; no two roles have the same.
  description TEXT, -- What it is for.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z') -- When the row was made.
) STRICT;
INSERT INTO stead_role VALUES(1,'viewer',NULL,'2026-11-28T07:28:32.899420Z');
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
  id TEXT NOT NULL, -- Name of the session, no secret.
  user_id INTEGER NOT NULL REFERENCES stead_user ON DELETE CASCADE, -- Whose it is.
  token_hash BLOB NOT NULL, -- SHA-256 of the token.
  previous_hash BLOB, -- SHA-256 of the token before the last rotation.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it began.
  expires_at TEXT NOT NULL CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- From this moment on it is not valid.
  idle_seconds INTEGER, -- How long it may go unseen; null: any time.
  last_seen_at TEXT NOT NULL CHECK (last_seen_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was marked as seen last.
  ip_address TEXT, -- Where it was created from.
  user_agent TEXT, -- By what program.
  revoked_at TEXT CHECK (revoked_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was ended before its time.
  revoke_reason TEXT, -- Why.
  PRIMARY KEY (id)
) STRICT;
INSERT INTO stead_session VALUES('ses_lQEAMaXzRqFHHNpNDEWAMQ',1,X'e8d2c45e427c4a85bcc15725257f5a02f4c7c4ed1e79e795c377ae85e79d45de',NULL,'2026-11-28T07:28:32.951444Z','2026-12-05T07:28:32.951444Z',NULL,'2026-11-28T07:28:32.951444Z',NULL,NULL,NULL,NULL);
CREATE TABLE stead_jwt_key ( -- Keys of JSON Web Tokens: what verifies.
  kid TEXT NOT NULL, -- Name of the key in a token's header, 1 to 200 bytes.
  algorithm TEXT NOT NULL, -- Its one algorithm: HS256, RS256, PS256, ES256, EdDSA and so on.
  public_key TEXT, -- PEM; null for HS, whose secret both signs and verifies.
  issuer TEXT, -- What the claim iss must be; null: anything.
  audience_claim TEXT, -- What the claim aud must be or contain; null: anything.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When the kid was first set.
  updated_at TEXT NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it last changed.
  PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_jwt_key VALUES('k','HS256',NULL,NULL,NULL,'2026-11-28T07:28:32.971499Z','2026-11-28T07:28:32.971499Z');
CREATE TABLE stead_jwt_private_key ( -- Keys of JSON Web Tokens: what signs. As secret as a password.
  kid TEXT NOT NULL, -- The key.
  private_key TEXT NOT NULL, -- PEM (PKCS #8), or the base64url secret for HS.
  PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_jwt_private_key VALUES('k','MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
CREATE TABLE stead_retention ( -- How long rows are kept: one row a target whose policy, hold or runs are on record.
  target TEXT NOT NULL, -- Stead's name for it, or the name of a table, quoted as SQL needs it.
  time_column TEXT, -- The column of the table that tells the age of a row.
  keep_days INTEGER, -- What is strictly older goes; null: nothing does.
  batch_rows INTEGER NOT NULL, -- How many rows one batch deletes at most.
  hold_reason TEXT, -- Why nothing of it may be pruned now; null: it may.
  owner TEXT, -- The role that the table belonged to when the policy was set; null on SQLite.
  last_run_at TEXT CHECK (last_run_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'), -- When it was pruned last; of runs that delete nothing one in an hour is noted.
  last_deleted INTEGER NOT NULL, -- How many rows went then.
  total_deleted INTEGER NOT NULL, -- How many rows went so far.
  PRIMARY KEY (target)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_retention VALUES('audit',NULL,90,10000,NULL,NULL,'2026-11-28T07:28:32.795843Z',5,5);
INSERT INTO stead_retention VALUES('session',NULL,7,10000,NULL,NULL,NULL,0,0);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('stead_audit_event',8);
INSERT INTO sqlite_sequence VALUES('stead_user',1);
INSERT INTO sqlite_sequence VALUES('stead_role',1);
CREATE INDEX stead_audit_event_time ON stead_audit_event (occurred_at);
CREATE INDEX stead_audit_event_action ON stead_audit_event (action, occurred_at);
CREATE INDEX stead_audit_event_resource_type ON stead_audit_event (resource_type, occurred_at) WHERE resource_type IS NOT NULL;
CREATE INDEX stead_audit_event_resource_id ON stead_audit_event (resource_id, occurred_at) WHERE resource_id IS NOT NULL;
CREATE INDEX stead_audit_event_actor_id ON stead_audit_event (actor_id, occurred_at) WHERE actor_id IS NOT NULL;
CREATE INDEX stead_audit_event_actor_name ON stead_audit_event (actor_name, occurred_at) WHERE actor_name IS NOT NULL;
CREATE INDEX stead_audit_event_failure ON stead_audit_event (occurred_at) WHERE NOT success;
CREATE INDEX stead_audit_event_place ON stead_audit_event (era, transaction_id);
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
CREATE TRIGGER stead_audit_block_no_update BEFORE UPDATE ON stead_audit_block WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_block')
BEGIN SELECT RAISE(ABORT, 'stead_audit_block is append-only: UPDATE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_block_no_delete BEFORE DELETE ON stead_audit_block WHEN NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = 'audit_block')
BEGIN SELECT RAISE(ABORT, 'stead_audit_block is append-only: DELETE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_block_no_replace BEFORE INSERT ON stead_audit_block WHEN EXISTS (SELECT 1 FROM stead_audit_block WHERE block = NEW.block)
BEGIN SELECT RAISE(ABORT, 'stead_audit_block is append-only: REPLACE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
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
CREATE TRIGGER stead_audit_account_no_replace BEFORE INSERT ON stead_audit_account WHEN EXISTS (SELECT 1 FROM stead_audit_account WHERE account = NEW.account)
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
WHEN OLD.kid IS NOT NEW.kid OR OLD.algorithm IS NOT NEW.algorithm OR OLD.public_key IS NOT NEW.public_key OR OLD.issuer IS NOT NEW.issuer OR OLD.audience_claim IS NOT NEW.audience_claim OR OLD.created_at IS NOT NEW.created_at OR OLD.updated_at IS NOT NEW.updated_at
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
