/*
 * seal_account.c - see seal_account.h.
 */
#include "seal_account.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "json.h"
#include "text.h"

void account_digest(stead_sha256_stream *sha, const seal_account *account, const unsigned char *before, stead_value block_digest,
                    unsigned char out[STEAD_SHA256_SIZE])
{
	const int64_t numbers[] = {account->account, account->block.null ? 0 : account->block.integer, account->cutoff,
	                           account->events, account->made_at};

	stead_sha256_start(sha);
	if (before)
		stead_sha256_add(sha, before, STEAD_SHA256_SIZE);
	for (int i = 0; i < STEAD_COUNT(numbers); i++)
		stead_sha256_number(sha, numbers[i]);
	if (!block_digest.null)
		stead_sha256_add(sha, block_digest.data, block_digest.size);
	stead_sha256_end(sha, out);
}

#define ACCOUNT_FIELDS "account, block, cutoff, events, made_at, digest"

/* False: its digest is none. */
static bool read_account(stead_rows *rows, seal_account *account)
{
	stead_value digest = stead_column(rows, 5, STEAD_BYTES);

	account->account = stead_column(rows, 0, STEAD_INT).integer;
	account->block = stead_column(rows, 1, STEAD_INT);
	account->cutoff = stead_column(rows, 2, STEAD_TIME).integer;
	account->events = stead_column(rows, 3, STEAD_INT).integer;
	account->made_at = stead_column(rows, 4, STEAD_TIME).integer;
	if (digest.size != STEAD_SHA256_SIZE)
		return false;
	memcpy(account->digest, digest.data, STEAD_SHA256_SIZE);
	return true;
}

bool account_last(stead_call *call, seal_account *last)
{
	stead_rows *rows = stead_open(call, "SELECT " ACCOUNT_FIELDS " FROM stead_audit_account ORDER BY account DESC LIMIT 1", 0, NULL);

	if (!stead_next(rows))
		return false;
	if (!read_account(rows, last))
		stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: account %lld is damaged", call->function->name, (long long)last->account);
	stead_close(rows);
	return true;
}

void account_add(stead_call *call, const seal_block *block, int64_t cutoff)
{
	seal_account last, account = {.account = 1, .cutoff = cutoff, .events = block ? block->events : 0, .made_at = stead_now(call),
	                              .block = block ? stead_int(block->block) : stead_null(STEAD_INT)};
	stead_sha256_stream sha = stead_sha256_open(call);
	bool follows = account_last(call, &last);

	if (follows && last.account == INT64_MAX)
		stead_raise(call, STEAD_CORRUPT, "stead_%s: there is no number left for another account", call->function->name);
	if (follows)
		account.account = last.account + 1;
	account_digest(&sha, &account, follows ? last.digest : NULL, block ? block->digest : stead_null(STEAD_BYTES), account.digest);
	stead_sha256_check(call, &sha);
	stead_run(call, "INSERT INTO stead_audit_account (" ACCOUNT_FIELDS ") VALUES ($1, $2, $3, $4, $5, $6)", 6,
	          (stead_value[]){stead_int(account.account), account.block, stead_time(account.cutoff), stead_int(account.events),
	                          stead_time(account.made_at), seal_bytes(account.digest, STEAD_SHA256_SIZE)});
}

void account_describe(stead_call *call, stead_buffer *details)
{
	seal_account last;

	if (!account_last(call, &last))
		return;
	stead_append_text(call, details, stead_format(call, ",\"account\":%lld,\"digest\":", (long long)last.account));
	stead_append_json(call, details, seal_base64(call, seal_bytes(last.digest, STEAD_SHA256_SIZE)));
}

/* ---- Checking ---------------------------------------------------------------------------------------------------- */

/* What an event of a prune tells of. */
typedef struct {
	int64_t account;
	char digest[STEAD_BASE64_ROOM(STEAD_SHA256_SIZE)];
} told;

typedef struct {
	told *events; /* by account */
	size_t count, room;
} told_list;

/* False: it tells of none, or was changed: verify names it. */
static bool read_event(stead_call *call, stead_value details, told *out)
{
	const json_t *number, *text;
	char reason[80];
	bool no_memory = false, good;
	json_t *tree = details.null ? NULL : stead_json_read(details.data, details.size, reason, &no_memory);

	if (!tree && !details.null && no_memory)
		stead_raise_no_memory(call);
	if (!tree)
		return false;
	number = json_object_get(tree, "account");
	text = json_object_get(tree, "digest");
	good = json_is_integer(number) && json_is_string(text) && json_string_length(text) < sizeof out->digest;
	if (good) {
		out->account = json_integer_value(number);
		strcpy(out->digest, json_string_value(text));
	}
	json_decref(tree);
	return good;
}

static int by_account(const void *a, const void *b)
{
	int64_t x = ((const told *)a)->account, y = ((const told *)b)->account;

	return (x > y) - (x < y);
}

/* All of them, not the newest alone: those before are of leaves that checkpoints cover. */
static void read_events(stead_call *call, told_list *list)
{
	stead_rows *rows = stead_open_many(call,
	                                   "SELECT details FROM stead_audit_event WHERE resource_id = 'audit' AND action = 'stead.prune'"
	                                   " AND resource_type = 'retention'",
	                                   0, NULL);
	told one;

	while (stead_next(rows))
		if (read_event(call, stead_column(rows, 0, STEAD_JSON), &one)) {
			list->events = stead_grow(call, list->events, list->count, &list->room, sizeof *list->events);
			list->events[list->count++] = one;
		}
	/* upkeep that is under way, or was ended by force, has its event noted */
	rows = stead_open(call, "SELECT pending_event FROM stead_retention WHERE target = 'audit' AND pending_event IS NOT NULL", 0, NULL);
	while (stead_next(rows))
		if (read_event(call, stead_column(rows, 0, STEAD_TEXT), &one)) {
			list->events = stead_grow(call, list->events, list->count, &list->room, sizeof *list->events);
			list->events[list->count++] = one;
		}
	if (list->count)
		qsort(list->events, list->count, sizeof *list->events, by_account);
}

/* Whether the chain holds, and is what events tell of, up to its end; or where it breaks. */
static void check_chain(stead_call *call, seal_accounts *accounts, const told_list *list)
{
	stead_rows *rows = stead_open_many(call,
	                                   "SELECT " ACCOUNT_FIELDS ", (SELECT b.digest FROM stead_audit_block AS b"
	                                   " WHERE b.block = stead_audit_account.block) FROM stead_audit_account ORDER BY account",
	                                   0, NULL);
	unsigned char before[STEAD_SHA256_SIZE], digest[STEAD_SHA256_SIZE];
	stead_sha256_stream sha = stead_sha256_open(call);
	char text[STEAD_BASE64_ROOM(STEAD_SHA256_SIZE)];
	int64_t backed = 0; /* the last account that an event tells of */
	size_t at = 0;

	while (stead_next(rows)) {
		seal_account account;
		bool read = read_account(rows, &account);

		accounts->count++;
		if (accounts->fault)
			continue;
		account_digest(&sha, &account, accounts->count > 1 ? before : NULL, stead_column(rows, 6, STEAD_BYTES), digest);
		if (!read || account.account != accounts->count || memcmp(digest, account.digest, sizeof digest) != 0) {
			accounts->fault = "it, or the block it is of, was changed";
			accounts->trusted = accounts->count - 1;
			continue;
		}
		memcpy(before, digest, sizeof before);
		text[stead_base64_encode(digest, sizeof digest, text)] = 0;
		for (; at < list->count && list->events[at].account <= account.account && !accounts->fault; at++) {
			if (list->events[at].account == account.account && strcmp(list->events[at].digest, text) == 0)
				backed = account.account;
			else if (list->events[at].account == account.account) {
				accounts->fault = "an event of a prune tells of another";
				accounts->trusted = backed;
			}
		}
		if (account.block.null && account.cutoff > accounts->rollup_cutoff)
			accounts->rollup_cutoff = account.cutoff;
	}
	stead_sha256_check(call, &sha);
	if (accounts->fault)
		return;
	accounts->trusted = backed;
	if (at < list->count)
		accounts->fault = "it is gone, though an event tells of it", accounts->trusted = accounts->count;
	else if (backed < accounts->count)
		accounts->fault = "no event of a prune tells of it";
}

void account_check(stead_call *call, seal_accounts *accounts)
{
	told_list list = {0};

	*accounts = (seal_accounts){.rollup_cutoff = INT64_MIN};
	read_events(call, &list);
	check_chain(call, accounts, &list);
}
