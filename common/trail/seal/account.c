/*
 * account.c - see account.h.
 */
#include "trail/seal/account.h"

#include <stdlib.h>
#include <string.h>

#include "trail/event.h"
#include "core/digest.h"
#include "lib/json.h"
#include "upkeep/retention/policy.h"
#include "trail/seal/expired.h"
#include "lib/text.h"
#include "lib/timestamp.h"

/* The digest of an account. before is the digest of the account before it, or NULL; block_digest is that of its block,
 * or a null. */
static void digest_account(stead_sha256_stream *sha, const seal_account *account, const unsigned char *before,
                           stead_value block_digest, unsigned char out[STEAD_SHA256_SIZE])
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

/* False: the digest has another size, or a value is not of its column's type. */
static bool read_account(stead_rows *rows, seal_account *account)
{
	static const stead_type types[] = {STEAD_INT, STEAD_INT, STEAD_TIME, STEAD_INT, STEAD_TIME, STEAD_BYTES};
	stead_value value[STEAD_COUNT(types)];
	bool sound = true;

	for (int i = 0; i < STEAD_COUNT(types); i++)
		if (!stead_column_sound(rows, i, types[i], &value[i]) || (value[i].null && i != 1)) {
			value[i] = stead_null(types[i]);
			sound = false;
		}
	*account = (seal_account){.account = value[0].integer,
	                          .block = value[1],
	                          .cutoff = value[2].integer,
	                          .events = value[3].integer,
	                          .made_at = value[4].integer};
	if (!sound || value[5].size != STEAD_SHA256_SIZE)
		return false;
	memcpy(account->digest, value[5].data, STEAD_SHA256_SIZE);
	return true;
}

/* The latest account. False: there is none. */
static bool last_account(stead_call *call, seal_account *last)
{
	stead_rows *rows =
		stead_open(call, "SELECT " ACCOUNT_FIELDS " FROM stead_audit_account ORDER BY account DESC LIMIT 1", 0, NULL);

	if (!stead_next(rows))
		return false;
	if (!read_account(rows, last))
		stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: account %lld is damaged",
		                 call->function->name, (long long)last->account);
	stead_close(rows);
	return true;
}

/* The latest block that was sealed at or before a time. */
static int64_t latest_block(stead_call *call, int64_t until)
{
	stead_value param = stead_time(until);

	return until == INT64_MAX
	           ? stead_first(call, "SELECT max(block) FROM stead_audit_block", 0, NULL, STEAD_INT).integer
	           : stead_first(call, "SELECT max(block) FROM stead_audit_block WHERE sealed_at <= $1", 1, &param,
	                         STEAD_INT)
	                 .integer;
}

void account_add(stead_call *call, const seal_block *block, int64_t cutoff)
{
	seal_account last, account = {.account = 1,
	                              .cutoff = cutoff,
	                              .events = block ? block->events : latest_block(call, INT64_MAX),
	                              .made_at = stead_now(call),
	                              .block = block ? stead_int(block->block) : stead_null(STEAD_INT)};
	stead_sha256_stream sha = stead_sha256_open(call);
	bool follows = last_account(call, &last);

	if (follows && last.account == INT64_MAX)
		stead_raise(call, STEAD_CORRUPT, "stead_%s: there is no number left for another account", call->function->name);
	if (follows)
		account.account = last.account + 1;
	digest_account(&sha, &account, follows ? last.digest : NULL, block ? block->digest : stead_null(STEAD_BYTES),
	               account.digest);
	stead_sha256_check(call, &sha);
	stead_run(call, "INSERT INTO stead_audit_account (" ACCOUNT_FIELDS ") VALUES ($1, $2, $3, $4, $5, $6)", 6,
	          (stead_value[]){stead_int(account.account), account.block, stead_time(account.cutoff),
	                          stead_int(account.events), stead_time(account.made_at),
	                          stead_bytes(account.digest, STEAD_SHA256_SIZE)});
}

void account_describe(stead_call *call, stead_buffer *details)
{
	seal_account last;

	if (!last_account(call, &last))
		return;
	stead_append_text(call, details, stead_format(call, ",\"account\":%lld,\"digest\":", (long long)last.account));
	stead_append_json(call, details, seal_base64(call, stead_bytes(last.digest, STEAD_SHA256_SIZE)));
}

/* ---- Checking -------------------------------------------------------------------------------------------------- */

/* The account that a prune's event names. */
typedef struct {
	int64_t account, recorded_at;
	char digest[STEAD_BASE64_ROOM(STEAD_SHA256_SIZE)];
	bool pending; /* the event is not written yet, but noted */
} prune_record;

typedef struct {
	prune_record *events; /* by account */
	size_t count, room;
} record_list;

/* False: the event names no account, or it was changed, which verification reports. */
static bool read_event(stead_call *call, stead_value details, prune_record *out)
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
	out->pending = false;
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
	int64_t x = ((const prune_record *)a)->account, y = ((const prune_record *)b)->account;

	return (x > y) - (x < y);
}

/* Anyone who can write to the row can write a note. So only a note of exactly Stead's form counts. */
static bool read_pending(stead_call *call, stead_value text, prune_record *out)
{
	retention_event event;

	if (!retention_read_event(call, stead_text("audit"), text, &event) || !read_event(call, text, out))
		return false;
	return out->pending = true;
}

/* Reads all events of prunes, not only the latest: checkpoints cover the leaves of the earlier ones. */
static void read_events(stead_call *call, record_list *list)
{
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR,
	                                 "SELECT details, recorded_at FROM stead_audit_event WHERE resource_id = 'audit'"
	                                 " AND action = 'stead.prune' AND resource_type = 'retention'",
	                                 0, NULL);
	stead_value details, recorded_at;
	int64_t last = INT64_MIN;
	prune_record one;

	while (stead_next(rows))
		if (stead_column_sound(rows, 0, STEAD_JSON, &details) &&
		    stead_column_sound(rows, 1, STEAD_TIME, &recorded_at) && read_event(call, details, &one)) {
			one.recorded_at = recorded_at.integer;
			last = one.account > last ? one.account : last;
			list->events = stead_grow(call, list->events, list->count, &list->room, sizeof *list->events);
			list->events[list->count++] = one;
		}
	/* While upkeep runs, or after it was killed, its event is only noted: the note counts for accounts without an
	 * event. */
	rows = stead_open(call,
	                  "SELECT pending_event FROM stead_retention WHERE target = 'audit' AND pending_event IS NOT NULL",
	                  0, NULL);
	while (stead_next(rows))
		if (read_pending(call, stead_column(rows, 0, STEAD_TEXT), &one) && one.account > last) {
			one.recorded_at = STEAD_TIME_MAX; /* the event comes later */
			list->events = stead_grow(call, list->events, list->count, &list->room, sizeof *list->events);
			list->events[list->count++] = one;
		}
	if (list->count)
		qsort(list->events, list->count, sizeof *list->events, by_account);
}

/* Was a block expired, although an event's time was ahead of the clock when it was pruned? The prune read the clock
 * shortly before the account was written. */
static bool was_expired(stead_call *call, const seal_account *account)
{
	stead_rows *rows =
		stead_open(call, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block = $1", 1, &account->block);
	seal_block block;
	bool expired = false;

	if (stead_next(rows) && seal_read_block_any(rows, &block))
		expired = seal_expires_by(call, &block, account->made_at) < account->cutoff ||
		          seal_expires_by(call, &block, account->made_at - EVENT_AHEAD) < account->cutoff;
	stead_close(rows);
	return expired;
}

/* What is wrong with an account by itself, or NULL. The rows' columns after the account's are the block's. */
static const char *account_fault(stead_call *call, stead_rows *rows, const seal_account *account)
{
	stead_value last_event_at;

	if (account->cutoff > account->made_at)
		return "its cutoff is later than its made_at";
	if (account->block.null)
		return stead_bucket_start(STEAD_DAILY, account->cutoff) == account->cutoff && account->events >= 0
		           ? NULL
		           : "no prune of rollups writes such an account";
	if (!stead_column_sound(rows, 7, STEAD_TIME, &last_event_at) || last_event_at.null)
		return "there is no such block";
	return last_event_at.integer < account->cutoff ||
	               (last_event_at.integer > account->made_at && was_expired(call, account))
	           ? NULL
	           : "its block's events are not older than its cutoff";
}

/* The first account whose block has another account already; 0: there is none. */
static int64_t second_account(stead_call *call)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT min(account) FROM (SELECT max(account) AS account FROM stead_audit_account"
	                              " WHERE block IS NOT NULL GROUP BY block HAVING count(*) > 1) AS twice",
	                              0, NULL);
	stead_value account = stead_null(STEAD_INT);

	stead_next(rows);
	if (!stead_column_sound(rows, 0, STEAD_INT, &account))
		account = stead_null(STEAD_INT); /* check_chain() finds that by itself */
	stead_close(rows);
	return account.null ? 0 : account.integer;
}

static void add_prune(stead_call *call, seal_accounts *accounts, const seal_account *account)
{
	accounts->prunes =
		stead_grow(call, accounts->prunes, accounts->prune_count, &accounts->prune_room, sizeof *accounts->prunes);
	/* accounts of an earlier schema do not name the block */
	accounts->prunes[accounts->prune_count++] = (struct rollup_prune){
		account->account, account->cutoff, account->events ? account->events : latest_block(call, account->made_at)};
}

/* Checks the chain of accounts, and that events confirm it up to its end. */
static void check_chain(stead_call *call, seal_accounts *accounts, const record_list *list)
{
	int64_t twice = second_account(call), now = stead_now(call);
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR,
	                                 "SELECT a.account, a.block, a.cutoff, a.events, a.made_at, a.digest, b.digest,"
	                                 " b.last_event_at FROM stead_audit_account AS a LEFT JOIN stead_audit_block AS"
	                                 " b ON b.block = a.block ORDER BY a.account",
	                                 0, NULL);
	unsigned char before[STEAD_SHA256_SIZE], digest[STEAD_SHA256_SIZE];
	stead_sha256_stream sha = stead_sha256_open(call);
	char text[STEAD_BASE64_ROOM(STEAD_SHA256_SIZE)];
	int64_t confirmed = 0;       /* the last account that an event names */
	int64_t made_at = INT64_MIN; /* the latest time of the accounts after it */
	size_t at = 0;

	while (stead_next(rows)) {
		stead_value block_digest;
		seal_account account;
		bool read = read_account(rows, &account);

		accounts->count++;
		if (accounts->fault)
			continue;
		if (!stead_column_sound(rows, 6, STEAD_BYTES, &block_digest))
			block_digest = stead_null(STEAD_BYTES);
		digest_account(&sha, &account, accounts->count > 1 ? before : NULL, block_digest, digest);
		if (!read || account.account != accounts->count || memcmp(digest, account.digest, sizeof digest) != 0)
			accounts->fault = "it or its block was changed";
		else
			accounts->fault = account.account == twice ? "its block has another account already"
			                                           : account_fault(call, rows, &account);
		accounts->faulty = accounts->count;
		if (accounts->fault)
			continue;
		memcpy(before, digest, sizeof before);
		made_at = account.made_at > made_at ? account.made_at : made_at;
		text[stead_base64_encode(digest, sizeof digest, text)] = 0;
		for (; at < list->count && list->events[at].account <= account.account && !accounts->fault; at++) {
			if (list->events[at].account != account.account)
				continue;
			if (list->events[at].pending && account.made_at < now - STEAD_DAY)
				continue; /* upkeep that was killed so long ago should have written its event by now */
			if (strcmp(list->events[at].digest, text) != 0)
				accounts->fault = "the event of its prune has another digest";
			else if (list->events[at].recorded_at + EVENT_AHEAD < made_at)
				accounts->fault = "the event of its prune is older than it";
			else
				confirmed = account.account, made_at = INT64_MIN;
		}
		if (account.block.null)
			add_prune(call, accounts, &account);
	}
	stead_sha256_check(call, &sha);
	accounts->trusted = confirmed;
	if (accounts->fault)
		return;
	if (at < list->count) {
		accounts->faulty = list->events[at].account;
		accounts->fault = "it is gone, but an event names it";
	} else if (confirmed < accounts->count) {
		accounts->faulty = confirmed + 1;
		accounts->fault = "no event of a prune names it";
	}
}

void account_check(stead_call *call, seal_accounts *accounts)
{
	record_list list = {0};
	size_t trusted = 0;

	*accounts = (seal_accounts){0};
	read_events(call, &list);
	check_chain(call, accounts, &list);
	for (size_t i = 0; i < accounts->prune_count; i++)
		if (accounts->prunes[i].account <= accounts->trusted)
			accounts->prunes[trusted++] = accounts->prunes[i];
	accounts->prune_count = trusted;
}
