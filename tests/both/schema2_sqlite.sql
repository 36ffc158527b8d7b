PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE stead_schema ( -- The version of Stead's tables: one row.
  id INTEGER NOT NULL, -- Always 1.
  version INTEGER NOT NULL, -- The schema version stead_init() brought the tables to.
  updated_at TEXT NOT NULL, -- When it did.
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_schema VALUES(1,2,'2026-11-21T12:14:05.115275Z');
CREATE TABLE stead_signal ( -- What tells connections to forget what they remember. On PostgreSQL it stays empty: there messages do.
  signal INTEGER NOT NULL, -- Number of a signal; -1: all of them.
  generation INTEGER NOT NULL, -- Row -1: how many were given; another: which of these was the last of its kind.
  PRIMARY KEY (signal)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_signal VALUES(-1,805618872770716147);
INSERT INTO stead_signal VALUES(1,805618872770716147);
INSERT INTO stead_signal VALUES(256,805618872770716144);
INSERT INTO stead_signal VALUES(257,805618872770716145);
INSERT INTO stead_signal VALUES(258,805618872770716146);
CREATE TABLE stead_audit_event ( -- The audit trail: one row an event, append-only.
  id INTEGER PRIMARY KEY CHECK (id > 0 AND id < 9223372036854775807), -- Number of the event, growing; gaps are possible.
  occurred_at TEXT NOT NULL, -- When it happened, as the application says.
  recorded_at TEXT NOT NULL, -- When it was logged, by the clock of the database.
  action TEXT NOT NULL, -- What was done, such as user.login.
  resource_type TEXT, -- What kind of thing it was done to.
  resource_id TEXT, -- Which one, as the application names it.
  actor_id TEXT, -- Who did it, as the application names them.
  actor_name TEXT, -- The name they went by then.
  success INTEGER NOT NULL CHECK (success IN (0, 1)), -- Whether it succeeded.
  details TEXT, -- What else is to be known, byte for byte as given.
  error TEXT, -- Why it failed.
  ip_address TEXT, -- Where it came from.
  user_agent TEXT -- What program it came through.
) STRICT;
INSERT INTO stead_audit_event VALUES(1,'2026-01-01T00:00:00.000000Z','2026-11-21T12:14:05.135605Z','login','session','s1','7','alice',1,'{"try": 1e2}',NULL,'10.0.0.1','curl/8');
INSERT INTO stead_audit_event VALUES(2,'2026-01-01T10:00:00.000000Z','2026-11-21T12:14:05.146429Z','login_failed','session',NULL,'8','bob',0,NULL,'bad password','10.0.0.2',NULL);
INSERT INTO stead_audit_event VALUES(3,'2026-01-03T23:59:59.999999Z','2026-11-21T12:14:05.150449Z','app_installed','app','sonarr','7','alice',1,NULL,NULL,NULL,NULL);
INSERT INTO stead_audit_event VALUES(4,'2026-01-04T00:00:00.000000Z','2026-11-21T12:14:05.157110Z','sparse',NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL);
INSERT INTO stead_audit_event VALUES(5,'2001-02-03T04:05:06.789012Z','2026-11-21T12:14:05.168474Z','café','type','ünï','x','y',0,'{"b" : 1, "a":[1]}','why','::1','agent');
CREATE TABLE stead_setting ( -- Settings: definition and value, one row a key.
  key TEXT NOT NULL, -- 1 to 200 bytes.
  value TEXT, -- The value, or null: the default holds.
  type TEXT, -- text, bool, int, real or json; null: not defined, plain text.
  default_value TEXT, -- What holds while there is no value.
  description TEXT, -- What it is for.
  options TEXT, -- JSON as defined: secret, min, max, choices.
  secret INTEGER NOT NULL CHECK (secret IN (0, 1)), -- Shown by stead_setting_reveal only.
  version INTEGER NOT NULL, -- The version of all settings at its last change.
  updated_at TEXT NOT NULL, -- When it last changed.
  updated_by TEXT, -- Who set the value last, as the application says; null after a redefinition.
  PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;
INSERT INTO stead_setting VALUES('app.limit','20','int','10','How many.','{"min":1,"max":100}',0,2,'2026-11-21T12:14:05.175552Z','alice');
CREATE TABLE stead_setting_change ( -- What settings were set to: one row a change.
  id INTEGER PRIMARY KEY CHECK (id > 0 AND id < 9223372036854775807), -- Number of the row.
  key TEXT NOT NULL, -- The setting.
  version INTEGER NOT NULL, -- The version of all settings that the change made.
  value TEXT, -- What it was set to; null when deleted, and for a secret.
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)), -- It went back to the default.
  changed_at TEXT NOT NULL, -- When.
  changed_by TEXT -- Who, as the application says.
) STRICT;
INSERT INTO stead_setting_change VALUES(1,'app.limit',2,'20',0,'2026-11-21T12:14:05.175581Z','alice');
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
INSERT INTO stead_user VALUES(1,'alice','alice@example.org',1,1,'2026-11-21T12:14:05.190449Z','2026-11-21T12:14:05.190449Z');
CREATE TABLE stead_role ( -- The roles: one row each.
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id < 9223372036854775807), -- The role's number; never given twice.
  name TEXT NOT NULL, -- 1 to 200 bytes; no two roles have the same.
  description TEXT, -- What it is for.
  created_at TEXT NOT NULL CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z') -- When the row was made.
) STRICT;
INSERT INTO stead_role VALUES(1,'viewer','May look.','2026-11-21T12:14:05.214498Z');
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
CREATE TABLE stead_jwt_private_key ( -- Keys of JSON Web Tokens: what signs. As secret as a password.
  kid TEXT NOT NULL, -- The key.
  private_key TEXT NOT NULL, -- PEM (PKCS #8), or the base64url secret for HS.
  PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('stead_user',1);
INSERT INTO sqlite_sequence VALUES('stead_role',1);
CREATE INDEX stead_audit_event_time ON stead_audit_event (occurred_at);
CREATE INDEX stead_audit_event_action ON stead_audit_event (action, occurred_at);
CREATE INDEX stead_audit_event_resource_type ON stead_audit_event (resource_type, occurred_at) WHERE resource_type IS NOT NULL;
CREATE INDEX stead_audit_event_resource_id ON stead_audit_event (resource_id, occurred_at) WHERE resource_id IS NOT NULL;
CREATE INDEX stead_audit_event_actor_id ON stead_audit_event (actor_id, occurred_at) WHERE actor_id IS NOT NULL;
CREATE INDEX stead_audit_event_actor_name ON stead_audit_event (actor_name, occurred_at) WHERE actor_name IS NOT NULL;
CREATE INDEX stead_audit_event_success ON stead_audit_event (success, occurred_at);
CREATE TRIGGER stead_audit_event_no_update BEFORE UPDATE ON stead_audit_event
BEGIN SELECT RAISE(ABORT, 'stead_audit_event is append-only: UPDATE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_event_no_delete BEFORE DELETE ON stead_audit_event
BEGIN SELECT RAISE(ABORT, 'stead_audit_event is append-only: DELETE is refused
HINT:  Rows are only ever added: add another that corrects this one.'); END;
CREATE TRIGGER stead_audit_event_no_replace BEFORE INSERT ON stead_audit_event WHEN EXISTS (SELECT 1 FROM stead_audit_event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'stead_audit_event is append-only: REPLACE is refused
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
