/*
 * login.h - what the files of signing in share.
 */
#ifndef STEAD_LOGIN_H
#define STEAD_LOGIN_H

#include "lib/crypto/password_hash.h"
#include "core/digest.h"
#include "stead.h"

extern const stead_table login_tables[]; /* in this order: */
enum { PASSWORD_TABLE, TOTP_TABLE, RECOVERY_TABLE, SECOND_FACTOR_TABLE, INVITE_TABLE, CHALLENGE_TABLE };
extern const stead_option login_options[];
enum {
	LOGIN_KIB,
	LOGIN_PASSES,
	LOGIN_LANES,
	LOGIN_NAME_COUNT,
	LOGIN_NAME_SECONDS,
	LOGIN_ADDRESS_COUNT,
	LOGIN_ADDRESS_SECONDS,
	LOGIN_KEEP_SESSIONS,
	LOGIN_AUDIT
};

/* Does the text, which may be null, have the form that secret_make() gives? Then it computes the hash. */
bool login_read_secret(stead_call *call, stead_value text, const char *prefix, unsigned char hash[STEAD_SHA256_SIZE]);

/* Raises unless there is such a user, whom nobody can delete until the transaction ends. */
void login_lock_user(stead_call *call, stead_value user_id);
/* Writes an event of Stead's own, unless the setting stead.login.audit is off. user_id and username are whom it is
 * about. */
void login_audit(stead_call *call, const char *action, bool success, stead_value user_id, stead_value username,
                 stead_value details, stead_value ip_address, stead_value user_agent);
/* {"reason":"<reason>"} */
stead_value login_reason(stead_call *call, const char *reason);
/* {"reason":"ok","user_id":7} */
stead_value login_reason_of(stead_call *call, const char *reason, stead_value user_id);

stead_value login_attempt(stead_call *call, const stead_value *args); /* login.c */

/* ---- password.c -------------------------------------------------------------------------------------------------- */

stead_value password_set(stead_call *call, const stead_value *args);
stead_value password_hash_set(stead_call *call, const stead_value *args);
/* Raises unless it is 8 to 1024 bytes; the argument's name is password. */
void password_check_size(stead_call *call, stead_value password);
void password_store(stead_call *call, stead_value user_id, stead_value password);
/* Is it the password of the user, whose stored hash is null if there is none? With a null, it does the same work. */
bool password_matches(stead_call *call, stead_value hash, stead_value password);
/* Stores the password, which matched the hash, by today's cost, if the hash is of another. */
void password_renew(stead_call *call, stead_value user_id, stead_value hash, stead_value password);

/* ---- second_factor.c --------------------------------------------------------------------------------------------- */

typedef enum { FACTOR_NONE, FACTOR_MISSING, FACTOR_WRONG, FACTOR_RIGHT, FACTOR_WANTED } factor_verdict;
/* Judges the code, which may be null. FACTOR_NONE: the user has no second factor; FACTOR_WANTED: and should have. A
 * code that is right is used up. */
factor_verdict factor_judge(stead_call *call, stead_value user_id, stead_value code);

stead_value totp_begin(stead_call *call, const stead_value *args);
stead_value totp_confirm(stead_call *call, const stead_value *args);
stead_value totp_disable(stead_call *call, const stead_value *args);
stead_value recovery_codes(stead_call *call, const stead_value *args);
stead_value role_require_second_factor(stead_call *call, const stead_value *args);

/* ---- invite.c, challenge.c --------------------------------------------------------------------------------------- */

stead_value invite_create(stead_call *call, const stead_value *args);
stead_value invite_redeem(stead_call *call, const stead_value *args);
stead_value invite_revoke(stead_call *call, const stead_value *args);
void invite_list(stead_call *call, const stead_value *args);
stead_value challenge_create(stead_call *call, const stead_value *args);
stead_value challenge_redeem(stead_call *call, const stead_value *args);

#endif
