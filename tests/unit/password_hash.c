/*
 * password_hash.c - vectors of Argon2's reference implementation (src/test.c), of Openwall's bcrypt, of SHA-crypt's
 * specification; hashes that libxcrypt made; and hashes that must not be verified.
 *
 * Linked with: lib/crypto/password_hash lib/text
 */
#include "lib/crypto/password_hash.h"

#include "unit.h"

#define REST "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
#define DIGITS_43 "4mqd6JVlUo/.JMgenptcdPqIowfqDPoC9lSyWQhPMf1"

static password_result verify(const char *hash, const char *password)
{
	return password_verify(hash, strlen(hash), password, strlen(password));
}

static void test_vectors(void **state)
{
	static const char *const vectors[][2] = {
		{"password", "$argon2id$v=19$m=65536,t=2,p=1" REST},
		{"password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
		{"password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
		{"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		{"Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI"
	                     "68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
		{"correct horse", "$2b$04$KBCwKxOzLha2MUDgW0PjXexGfB5dmDvvvgEVjeeXiTo87i0yXWYau"},
		{"correct horse", "$y$j9T$abcdefgh$" DIGITS_43},
		{"correct horse", "$7$BU..../....k2XAnEHBqQ1Ct2aMXFKNa/$Q5pezBy5hqudsV.XXg2wEgSGmFoMyt44hmjNjKRIhF/"},
		{"correct horse", "$6$rounds=1001$saltstring$t7nmnuD42inYmjmp1oOWGLYa4.AcSmU5IiormNwYmdadeuC5JKIbOCHs8Yrd.V/V4U"
	                      "4Z/0FAjzPBcZKTMp4zE/"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		const char *hash = vectors[i][1];

		if (!password_hash_known(hash, strlen(hash)))
			fail_msg("not known: %s", hash);
		assert_int_equal(verify(hash, vectors[i][0]), PASSWORD_RIGHT);
		assert_int_equal(verify(hash, "password2"), PASSWORD_WRONG);
		assert_int_equal(verify(hash, ""), PASSWORD_WRONG);
		/* no part of a hash, and none with more, is one of the same password */
		for (size_t size = 0; size < strlen(hash); size += 7)
			assert_false(password_hash_known(hash, size) &&
			             password_verify(hash, size, vectors[i][0], strlen(vectors[i][0])) == PASSWORD_RIGHT);
	}
}

/* A password with a NUL is not the part before it. */
static void test_bytes(void **state)
{
	static const char bcrypt[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
	password_cost cost = {64, 1, 1};
	unsigned char salt[PASSWORD_SALT] = "0123456789abcde";
	char hash[PASSWORD_MAX_HASH], *long_one = calloc(1, PASSWORD_MAX + 1);

	(void)state;
	assert_int_equal(password_verify(bcrypt, sizeof bcrypt - 1, "U*U\0more", 8), PASSWORD_WRONG);
	assert_int_equal(password_verify(bcrypt, sizeof bcrypt - 1, "U*U\0", 4), PASSWORD_WRONG);
	assert_int_equal(password_hash(&cost, salt, "a\0b", 3, hash), PASSWORD_RIGHT);
	assert_int_equal(password_verify(hash, strlen(hash), "a\0b", 3), PASSWORD_RIGHT);
	assert_int_equal(password_verify(hash, strlen(hash), "a", 1), PASSWORD_WRONG);
	assert_int_equal(password_verify(hash, strlen(hash), "a\0c", 3), PASSWORD_WRONG);
	memset(long_one, 'x', PASSWORD_MAX + 1);
	assert_int_equal(password_hash(&cost, salt, long_one, PASSWORD_MAX, hash), PASSWORD_RIGHT);
	assert_int_equal(password_verify(hash, strlen(hash), long_one, PASSWORD_MAX), PASSWORD_RIGHT);
	assert_int_equal(password_verify(hash, strlen(hash), long_one, PASSWORD_MAX + 1), PASSWORD_WRONG);
	free(long_one);
	assert_true(password_hash_current(hash, strlen(hash), &cost));
	assert_false(password_hash_current(hash, strlen(hash), &(password_cost){65, 1, 1}));
	assert_false(password_hash_current(hash, strlen(hash), &(password_cost){64, 2, 1}));
	assert_false(password_hash_current(hash, strlen(hash), &(password_cost){64, 1, 2}));
	assert_false(password_hash_current(bcrypt, sizeof bcrypt - 1, &cost));
}

/* Too costly, or not well-formed. */
static void test_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"$",
		"$argon2id$",
		"plain text",
		"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
		"$argon2i$v=19$m=256,t=2,p=1" REST,
		"$argon2id$m=256,t=2,p=1" REST,
		"$argon2id$v=16$m=256,t=2,p=1" REST,
		"$argon2id$v=19$m=262145,t=1,p=1" REST,
		"$argon2id$v=19$m=4294967295,t=1,p=1" REST,
		"$argon2id$v=19$m=4294967552,t=1,p=1" REST,
		"$argon2id$v=19$m=256,t=17,p=1" REST,
		"$argon2id$v=19$m=262144,t=5,p=1" REST,
		"$argon2id$v=19$m=256,t=0,p=1" REST,
		"$argon2id$v=19$m=256,t=2,p=0" REST,
		"$argon2id$v=19$m=256,t=2,p=17" REST,
		"$argon2id$v=19$m=8,t=2,p=2" REST,
		"$argon2id$v=19$m=0256,t=2,p=1" REST,
		"$argon2id$v=19$m=256,t=2,p=1" REST "=",
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMa",
		"$2b$15$KBCwKxOzLha2MUDgW0PjXexGfB5dmDvvvgEVjeeXiTo87i0yXWYau",
		"$2b$31$KBCwKxOzLha2MUDgW0PjXexGfB5dmDvvvgEVjeeXiTo87i0yXWYau",
		"$2b$03$KBCwKxOzLha2MUDgW0PjXexGfB5dmDvvvgEVjeeXiTo87i0yXWYau",
		"$2x$04$KBCwKxOzLha2MUDgW0PjXexGfB5dmDvvvgEVjeeXiTo87i0yXWYau",
		"$2b$04$KBCwKxOzLha2MUDgW0PjXexGfB5dmDvvvgEVjeeXiTo87i0yXWYa",
		"$y$jCT$abcdefgh$" DIGITS_43,
		"$y$jFT$abcdefgh$" DIGITS_43,
		"$y$j9U$abcdefgh$" DIGITS_43,
		"$y$z9T$abcdefgh$" DIGITS_43,
		"$y$j9T.$abcdefgh$" DIGITS_43,
		"$7$TU..../....k2XAnEHBqQ1Ct2aMXFKNa/$Q5pezBy5hqudsV.XXg2wEgSGmFoMyt44hmjNjKRIhF/",
		"$7$BzzzzzzzzzzXAnEHBqQ1Ct2aMXFKNa/$Q5pezBy5hqudsV.XXg2wEgSGmFoMyt44hmjNjKRIhF/",
		"$6$rounds=1000001$saltstring$t7nmnuD42inYmjmp1oOWGLYa4.AcSmU5IiormNwYmdadeuC5JKIbOCHs8Yrd.V/V4U4Z/0FAjzPBcZKT"
		"Mp4zE/",
		"$6$rounds=99999999999999999999$saltstring$t7nmnuD42inYmjmp1oOWGLYa4.AcSmU5IiormNwYmdadeuC5JKIbOCHs8Yrd.V/V4U4Z"
		"/0FAjzPBcZKTMp4zE/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		/* a copy without a NUL after it: the sanitizer sees a read beyond */
		size_t size = strlen(refused[i]);
		char *copy = malloc(size + !size);

		memcpy(copy, refused[i], size);
		if (password_hash_known(copy, size))
			fail_msg("known: %s", refused[i]);
		assert_int_equal(password_verify(copy, size, "password", 8), PASSWORD_WRONG);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
