-- setup.sql - what the specs of this directory share. Tokens are random, so they are kept in a table.
CREATE EXTENSION stead;
SELECT stead_init();
CREATE TABLE tok (token text);

-- Resets everything to one user, 1, with one session, who has app.read by the role reader.
CREATE FUNCTION begin_again() RETURNS void LANGUAGE sql AS $$
	DELETE FROM tok;
	DELETE FROM stead_session;
	SELECT stead_user_delete(id) FROM stead_user;
	SELECT stead_role_delete(name) FROM stead_role;
	SELECT stead_user_create('ann', 'ann@example.com', user_id => 1);
	SELECT stead_role_create('reader'), stead_role_grant('reader', 'app.read'), stead_user_role_add(1, 'reader');
	INSERT INTO tok SELECT stead_session_create(1);
$$;

-- The verdict on the session; if it is valid, also the roles, and whether it may read.
CREATE FUNCTION seen() RETURNS text LANGUAGE sql AS $$
	SELECT (SELECT concat_ws(' ', reason, roles) FROM stead_session_validate(token)) ||
		CASE WHEN stead_session_check(token, 'app.read') THEN ' reads' ELSE ' must not read' END ||
		CASE WHEN stead_user_has(1, 'app.read') THEN '' ELSE ', nor may the user' END FROM tok
$$;

CREATE FUNCTION misses() RETURNS int LANGUAGE sql AS $$
	SELECT substring(detail FROM '([0-9]+) misses')::int FROM stead_doctor() WHERE check_name = 'cache'
$$;

-- Makes this backend cache the session and the user, and tells whether it does.
CREATE FUNCTION warm() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t text := (SELECT token FROM tok);
	first int;
	second int;
	valid boolean;
BEGIN
	FOR i IN 1..3 LOOP
		PERFORM stead_session_check(t, 'app.read');
	END LOOP;
	first := misses();
	second := misses();
	valid := stead_session_check(t, 'app.read');
	RETURN CASE WHEN valid THEN 'valid, ' ELSE 'not valid, ' END ||
		CASE WHEN misses() - second = second - first THEN 'remembered' ELSE 'not remembered' END;
END $$;

-- The specs' own text cannot have braces.
CREATE FUNCTION add_job(number int) RETURNS void LANGUAGE sql AS $$
	SELECT stead_job_create('k', '0', json_build_object('priority', -number, 'max_attempts', 2, 'message', 'new'));
	UPDATE stead_job SET id = 'job ' || number, message = 'old' WHERE message = 'new';
$$;

-- Claims a job: its id and the error of its last attempt.
CREATE FUNCTION claimed(worker text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(nullif(concat_ws(', ', job->0->>'job_id', job->0->>'error'), ''), 'nothing')
	FROM (SELECT stead_job_claim(worker) AS job OFFSET 0) AS claim
$$;
CREATE FUNCTION created(request json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer json := stead_job_create('k', request, '{"idempotency_key":"same"}');
BEGIN
	RETURN CASE WHEN answer->>'created' = 'true' THEN 'created' ELSE 'there' END ||
		CASE WHEN answer->>'job_id' IN (SELECT id FROM stead_job) THEN ', and seen' ELSE ', and not seen' END;
END $$;

-- Signing in: ann has a password, and a second factor whose codes are known for a day. The code of 30 seconds from now
-- is good from now on for a minute at least.
CREATE TABLE code (step bigint PRIMARY KEY, code text);
\copy code FROM PROGRAM 'tests/support/totp_codes 0 2880'
CREATE TABLE factor (code text, recovery text);
CREATE FUNCTION begin_signing_in(second_factor boolean) RETURNS void LANGUAGE sql AS $$
	SELECT begin_again();
	SELECT stead_setting_set('stead.login.memory_kib', '128'), stead_setting_set('stead.login.passes', '1'),
		stead_setting_set('stead.login.name_attempts', '0');
	SELECT stead_password_set(1, 'the old password');
	DELETE FROM stead_session;
	DELETE FROM factor;
	INSERT INTO stead_totp (user_id, secret, last_step) SELECT 1, '12345678901234567890', 0 WHERE second_factor;
	INSERT INTO factor SELECT code, stead_recovery_codes(1) -> 'recovery_codes' ->> 0 FROM code
		WHERE second_factor AND step = floor(extract(epoch FROM clock_timestamp()) / 30) + 1;
$$;
