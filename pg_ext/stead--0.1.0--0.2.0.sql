-- Stead 0.2.0, from the version in this file's name. Generated from the registry (pg_ext/gen.c); do not edit.
\echo Use "ALTER EXTENSION stead UPDATE" to load this file. \quit

DO $script$
BEGIN
	IF pg_catalog.string_to_array(stead_version(), '.')::pg_catalog.int4[] OPERATOR(pg_catalog.<)
		pg_catalog.string_to_array('0.2.0', '.')::pg_catalog.int4[] THEN
		RAISE EXCEPTION 'stead: the library is of version %, these SQL definitions are of 0.2.0', stead_version()
			USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Reconnect: a session keeps the library that it has loaded. '
			'If that does not help, install the library of 0.2.0 on this server.';
	END IF;
END $script$;
