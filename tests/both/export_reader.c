/*
 * export_reader.c - a second verifier of Stead's exports, written from docs/audit-leaf.md alone. It and
 * docs/verify_export.py must accept and reject the same exports (tests/postgresql/export).
 *
 *     export_reader EXPORT [--checkpoint FILE]... [--proof FILE]... [--allow-unsealed] [--whole]
 *
 * The exit status is 0 if the export is right; 1 if it is not, and a line says why; 2 if a file cannot be read.
 * Nothing is freed. Its JSON reader knows whole numbers only, as the format has no others. It keeps all leaves in
 * memory and sorts them.
 */
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	unsigned char bytes[32];
} hash;

static jmp_buf leave; /* an error ends the reading */

_Noreturn static void wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	longjmp(leave, 1);
}

static void *grow(void *items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return items;
	*room = *room ? *room * 2 : 64;
	items = realloc(items, *room * size);
	if (!items)
		abort();
	return items;
}

/* ---- Hashing --------------------------------------------------------------------------------------------------- */

typedef struct {
	unsigned char *data;
	size_t size, room;
} bytes;

static void add(bytes *to, const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		to->data = grow(to->data, to->size, &to->room, 1);
		to->data[to->size++] = ((const unsigned char *)data)[i];
	}
}

static void add_big_endian(bytes *to, uint64_t number, int size)
{
	while (size-- > 0)
		add(to, &(unsigned char){(unsigned char)(number >> 8 * size)}, 1);
}

static hash sha256(bytes *of)
{
	hash out;

	if (!EVP_Digest(of->size ? of->data : (const void *)"", of->size, out.bytes, NULL, EVP_sha256(), NULL))
		abort();
	free(of->data);
	*of = (bytes){0};
	return out;
}

static hash node(hash left, hash right)
{
	bytes of = {0};

	add(&of, "\1", 1);
	add(&of, &left, sizeof left);
	add(&of, &right, sizeof right);
	return sha256(&of);
}

static bool same(hash a, hash b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

typedef struct value {
	enum { NUL, BOOL, NUMBER, STRING, ARRAY, OBJECT } type;
	bool boolean;
	int64_t number;
	bytes text;          /* of a string */
	struct value *items; /* of an array, or the values of an object */
	bytes *names;        /* of an object */
	size_t count;
} value;

typedef struct {
	const unsigned char *at, *end;
	int depth;
} text;

static void skip_space(text *in)
{
	while (in->at < in->end && memchr(" \t\r\n", *in->at, 4))
		in->at++;
}

static bool take(text *in, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(in->end - in->at) < size || memcmp(in->at, word, size) != 0)
		return false;
	in->at += size;
	return true;
}

static bool is_digit(const text *in)
{
	return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

/* A number as the format defines it; also in a string, or in a line of a checkpoint. */
static int64_t read_number(text *in)
{
	bool negative = take(in, "-"), zero = take(in, "0");
	uint64_t number = 0, most = (uint64_t)INT64_MAX + negative;

	if (zero && (negative || is_digit(in)))
		wrong("a number is not of the form");
	if (!zero && !is_digit(in))
		wrong("a number has no digits");
	for (; is_digit(in); in->at++) {
		unsigned digit = *in->at - '0';

		if (number > (most - digit) / 10)
			wrong("a number is beyond 64 bits");
		number = number * 10 + digit;
	}
	return negative ? -(int64_t)(number - 1) - 1 : (int64_t)number;
}

static unsigned read_unit(text *in)
{
	unsigned unit = 0;

	for (int i = 0; i < 4; i++, in->at++) {
		int c = in->at < in->end ? *in->at : 0;

		if (c >= '0' && c <= '9')
			unit = unit << 4 | (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			unit = unit << 4 | (unsigned)((c | 32) - 'a' + 10);
		else
			wrong("a string has a bad escape");
	}
	return unit;
}

static void add_code_point(bytes *to, unsigned c)
{
	if (c < 0x80)
		add_big_endian(to, c, 1);
	else if (c < 0x800)
		add_big_endian(to, 0xc080 | (c & 0x7c0) << 2 | (c & 63), 2);
	else if (c < 0x10000)
		add_big_endian(to, 0xe08080 | (c & 0xf000) << 4 | (c & 0xfc0) << 2 | (c & 63), 3);
	else
		add_big_endian(to, 0xf0808080u | (c & 0x1c0000) << 6 | (c & 0x3f000) << 4 | (c & 0xfc0) << 2 | (c & 63), 4);
}

static void read_escape(text *in, bytes *to)
{
	static const char named[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	unsigned c;

	if (take(in, "u")) {
		c = read_unit(in);
		if (c >= 0xd800 && c < 0xdc00 && take(in, "\\u")) {
			unsigned low = read_unit(in);

			c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0xd800;
		}
		if (c == 0 || (c >= 0xd800 && c < 0xe000))
			wrong("a string has U+0000 or a lone surrogate");
		add_code_point(to, c);
		return;
	}
	for (size_t i = 0; i + 1 < sizeof named && in->at < in->end; i += 2)
		if (*in->at == (unsigned char)named[i]) {
			in->at++;
			add(to, &named[i + 1], 1);
			return;
		}
	wrong("a string has a bad escape");
}

static bytes read_string(text *in)
{
	bytes out = {0};

	while (in->at < in->end && *in->at != '"') {
		if (*in->at < ' ')
			wrong("a string has a control character");
		if (take(in, "\\"))
			read_escape(in, &out);
		else
			add(&out, in->at++, 1);
	}
	if (!take(in, "\""))
		wrong("a string does not end");
	return out;
}

static value read_value(text *in);

static void read_items(text *in, value *out, const char *close)
{
	size_t room = 0, name_room = 0;

	skip_space(in);
	if (take(in, close))
		return;
	do {
		skip_space(in);
		if (out->type == OBJECT) {
			out->names = grow(out->names, out->count, &name_room, sizeof *out->names);
			if (!take(in, "\""))
				wrong("a member has no name");
			out->names[out->count] = read_string(in);
			skip_space(in);
			if (!take(in, ":"))
				wrong("a member has no value");
		}
		out->items = grow(out->items, out->count, &room, sizeof *out->items);
		out->items[out->count] = read_value(in);
		out->count++;
		skip_space(in);
	} while (take(in, ","));
	if (!take(in, close))
		wrong("it is not JSON");
}

static value read_value(text *in)
{
	value out = {.type = NUL};

	if (++in->depth > 8)
		wrong("it is nested deeper than any line");
	skip_space(in);
	if (take(in, "\"")) {
		out.type = STRING;
		out.text = read_string(in);
	} else if (take(in, "true")) {
		out.type = BOOL;
		out.boolean = true;
	} else if (take(in, "false"))
		out.type = BOOL;
	else if (take(in, "[")) {
		out.type = ARRAY;
		read_items(in, &out, "]");
	} else if (take(in, "{")) {
		out.type = OBJECT;
		read_items(in, &out, "}");
	} else if (!take(in, "null")) {
		out.type = NUMBER;
		out.number = read_number(in);
	}
	in->depth--;
	return out;
}

/* Checks that the text is well-formed by RFC 3629. */
static void check_utf8(const unsigned char *at, const unsigned char *end)
{
	static const struct {
		unsigned char first, last, low, high; /* of the first byte, and of the second */
		int more;
	} forms[] = {{0, 0x7f, 0, 0, 0},          {0xc2, 0xdf, 0x80, 0xbf, 1}, {0xe0, 0xe0, 0xa0, 0xbf, 2},
	             {0xe1, 0xec, 0x80, 0xbf, 2}, {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2},
	             {0xf0, 0xf0, 0x90, 0xbf, 3}, {0xf1, 0xf3, 0x80, 0xbf, 3}, {0xf4, 0xf4, 0x80, 0x8f, 3}};

	while (at < end) {
		size_t form = 0, count = sizeof forms / sizeof *forms;

		while (form < count && (*at < forms[form].first || *at > forms[form].last))
			form++;
		if (form == count || end - at <= forms[form].more)
			wrong("it is not UTF-8");
		for (int i = 1; i <= forms[form].more; i++)
			if (at[i] < (i == 1 ? forms[form].low : 0x80) || at[i] > (i == 1 ? forms[form].high : 0xbf))
				wrong("it is not UTF-8");
		at += 1 + forms[form].more;
	}
}

static value read_json(const unsigned char *data, size_t size)
{
	text in = {.at = data, .end = data + size};
	value out;

	check_utf8(data, data + size);
	out = read_value(&in);
	skip_space(&in);
	if (in.at < in.end)
		wrong("there is something after it");
	if (out.type != OBJECT)
		wrong("it is not an object");
	return out;
}

/* ---- Forms ----------------------------------------------------------------------------------------------------- */

static bool is_name(const bytes *name, const char *wanted)
{
	return name->size == strlen(wanted) && (name->size == 0 || memcmp(name->data, wanted, name->size) == 0);
}

static const value *find(const value *object, const char *name)
{
	for (size_t i = 0; i < object->count; i++)
		if (is_name(&object->names[i], name))
			return &object->items[i];
	return NULL;
}

/* The object must have exactly these members, each once. names ends with NULL. */
static void check_members(const value *object, const char *const *names)
{
	size_t count = 0;

	for (; names[count]; count++)
		if (!find(object, names[count]))
			wrong("it has no member %s", names[count]);
	if (object->count != count)
		wrong("it has more members than it may have");
}

static const value *get(const value *object, const char *name, int type, bool nullable)
{
	const value *member = find(object, name);

	if (nullable && member->type == NUL)
		return NULL;
	if ((int)member->type != type)
		wrong("%s is of another type", name);
	return member;
}

static int64_t get_number(const value *object, const char *name, int64_t least)
{
	int64_t number = get(object, name, NUMBER, false)->number;

	if (number < least)
		wrong("%s is too small", name);
	return number;
}

static int64_t get_digits(const value *object, const char *name)
{
	const value *member = get(object, name, STRING, false);
	text in = {.at = member->text.data, .end = member->text.data + member->text.size};
	int64_t number = read_number(&in);

	if (in.at < in.end)
		wrong("%s is no number", name);
	return number;
}

static int digits_at(const unsigned char *at, int count)
{
	int number = 0;

	while (count-- > 0) {
		if (*at < '0' || *at > '9')
			wrong("a time is not of the form");
		number = number * 10 + (*at++ - '0');
	}
	return number;
}

/* Microseconds since 1970; days by Howard Hinnant's days_from_civil. */
static int64_t get_time(const value *object, const char *name)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	static const char form[] = "0000-00-00T00:00:00.000000Z";
	const bytes *of = &get(object, name, STRING, false)->text;
	int year, month, day, hour, minute, second;
	int64_t y, era, days, fraction;
	bool leap;

	if (of->size != strlen(form))
		wrong("%s is not a time of the form", name);
	for (size_t i = 0; form[i]; i++)
		if (form[i] != '0' && of->data[i] != (unsigned char)form[i])
			wrong("%s is not a time of the form", name);
	year = digits_at(of->data, 4);
	month = digits_at(of->data + 5, 2);
	day = digits_at(of->data + 8, 2);
	hour = digits_at(of->data + 11, 2);
	minute = digits_at(of->data + 14, 2);
	second = digits_at(of->data + 17, 2);
	fraction = digits_at(of->data + 20, 6);
	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1] + (leap && month == 2) ||
	    hour > 23 || minute > 59 || second > 59)
		wrong("%s is no time", name);
	y = month <= 2 ? year - 1 : year;
	era = y / 400;
	y -= era * 400;
	days = era * 146097 + y * 365 + y / 4 - y / 100 + (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - 719468;
	return (((days * 24 + hour) * 60 + minute) * 60 + second) * INT64_C(1000000) + fraction;
}

static void unbase64(const value *from, const char *name, unsigned char *out, size_t size)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = (size + 2) / 3 * 4, padding = (3 - size % 3) % 3, got = 0;
	uint32_t held = 0;
	int bits = 0;

	if (from->type != STRING || from->text.size != length)
		wrong("%s is not base64 of %zu bytes", name, size);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = from->text.data[i];
		const char *letter = c ? strchr(letters, c) : NULL;

		if (i >= length - padding) {
			if (c != '=')
				wrong("%s is not base64", name);
			continue;
		}
		if (!letter)
			wrong("%s is not base64", name);
		held = held << 6 | (uint32_t)(letter - letters);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[got++] = (unsigned char)(held >> bits);
			held &= (1u << bits) - 1;
		}
	}
	if (held)
		wrong("%s is not canonical base64", name);
}

static hash get_hash(const value *object, const char *name)
{
	hash out;

	unbase64(find(object, name), name, out.bytes, sizeof out);
	return out;
}

static hash *get_hashes(const value *object, const char *name, size_t *count)
{
	const value *list = get(object, name, ARRAY, false);
	hash *out = calloc(list->count + 1, sizeof *out);

	if (!out)
		abort();
	for (*count = 0; *count < list->count; ++*count)
		unbase64(&list->items[*count], name, out[*count].bytes, sizeof *out);
	return out;
}

/* ---- The tree -------------------------------------------------------------------------------------------------- */

/* A perfect subtree whose root is known. */
typedef struct {
	int64_t begin, width;
	hash root;
} part;

static struct {
	part *parts;
	size_t count, room;
} tree;

static void add_part(int64_t begin, int64_t width, hash root)
{
	tree.parts = grow(tree.parts, tree.count, &tree.room, sizeof *tree.parts);
	tree.parts[tree.count++] = (part){begin, width, root};
}

static int by_begin(const void *a, const void *b)
{
	int64_t x = ((const part *)a)->begin, y = ((const part *)b)->begin;

	return (x > y) - (x < y);
}

/* The widest subtree that begins at leaf begin and does not go beyond end. */
static int64_t widest(int64_t begin, int64_t end)
{
	int64_t width = 1;

	while (width <= (end - begin) / 2 && begin % (width * 2) == 0)
		width *= 2;
	return width;
}

/* The root of the leaves from begin to end (RFC 9162, section 2.1.1), computed from the sorted parts from *at on. */
static bool root_of(int64_t begin, int64_t end, size_t *at, hash *out)
{
	const part *next = &tree.parts[*at];
	int64_t half = 1;
	hash right;

	if (*at == tree.count || next->begin != begin || next->width > end - begin)
		return false;
	if (next->width == end - begin) {
		++*at;
		*out = next->root;
		return true;
	}
	while (half < end - begin - half)
		half *= 2;
	if (!root_of(begin, begin + half, at, out) || !root_of(begin + half, end, at, &right))
		return false;
	*out = node(*out, right);
	return true;
}

static bool tree_root(int64_t size, hash *out)
{
	size_t at = 0;
	bytes nothing = {0};

	if (size > 0)
		return root_of(0, size, &at, out);
	*out = sha256(&nothing);
	return true;
}

/* RFC 9162, section 2.1.3.2. */
static bool inclusion_holds(int64_t index, int64_t size, hash leaf, const hash *path, size_t count, hash root)
{
	int64_t fn = index, sn = size - 1;

	if (index >= size)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (sn == 0)
			return false;
		if (fn % 2 == 1 || fn == sn) {
			leaf = node(path[i], leaf);
			while (fn % 2 == 0 && fn != 0) {
				fn /= 2;
				sn /= 2;
			}
		} else
			leaf = node(leaf, path[i]);
		fn /= 2;
		sn /= 2;
	}
	return sn == 0 && same(leaf, root);
}

/* ---- Checkpoints and proofs ------------------------------------------------------------------------------------ */

typedef struct {
	int64_t size;
	hash root;
	bool used;
} checkpoint;

typedef struct {
	int64_t leaf, size;
	hash hash, root;
	bool used; /* there is a line of that leaf */
} proof;

static checkpoint checkpoints[100];
static proof proofs[1000];
static size_t checkpoint_count, proof_count;
static bool allow_unsealed, must_be_whole;

static bytes next_line(text *in)
{
	const unsigned char *stop = memchr(in->at, '\n', (size_t)(in->end - in->at));
	bytes out = {.data = (unsigned char *)in->at, .size = (size_t)((stop ? stop : in->end) - in->at)};

	in->at = stop ? stop + 1 : in->end;
	return out;
}

static void read_checkpoint(bytes file)
{
	text in = {.at = file.data, .end = file.data + file.size}, number;
	checkpoint *out = &checkpoints[checkpoint_count++];
	bool signatures = false;
	bytes line;

	check_utf8(in.at, in.end);
	for (size_t i = 0; i < file.size; i++)
		if ((file.data[i] < ' ' && file.data[i] != '\n') || file.data[i] == 127)
			wrong("the checkpoint has control characters");
	line = next_line(&in);
	if (line.size == 0)
		wrong("the checkpoint has no origin");
	line = next_line(&in);
	number = (text){.at = line.data, .end = line.data + line.size};
	out->size = read_number(&number);
	if (out->size < 0 || number.at < number.end)
		wrong("the checkpoint has no size");
	line = next_line(&in);
	unbase64(&(value){.type = STRING, .text = line}, "the checkpoint's root", out->root.bytes, sizeof out->root);
	while (in.at < in.end) {
		line = next_line(&in);
		if (signatures && (line.size < 5 || memcmp(line.data, "\xe2\x80\x94 ", 4) != 0))
			wrong("the checkpoint has something after its end");
		signatures = signatures || line.size == 0;
	}
}

static void read_proof(bytes file)
{
	static const char *const names[] = {"leaf_index", "leaf_hash", "tree_size", "root_hash", "inclusion_path", NULL};
	value object = read_json(file.data, file.size);
	proof *out = &proofs[proof_count++];
	hash *path;
	size_t count;

	check_members(&object, names);
	out->leaf = get_number(&object, "leaf_index", 0);
	out->size = get_number(&object, "tree_size", 0);
	out->hash = get_hash(&object, "leaf_hash");
	out->root = get_hash(&object, "root_hash");
	path = get_hashes(&object, "inclusion_path", &count);
	if (count > 64 || !inclusion_holds(out->leaf, out->size, out->hash, path, count, out->root))
		wrong("a proof does not hold");
}

static bool is_of_checkpoint(const proof *proof)
{
	for (size_t i = 0; i < checkpoint_count; i++)
		if (checkpoints[i].size == proof->size && same(checkpoints[i].root, proof->root))
			return true;
	return false;
}

/* ---- Lines ----------------------------------------------------------------------------------------------------- */

static struct {
	bool any;
	bool since_given, until_given, filter_given;
	int64_t since, until, size;
	hash root;
} head;
static int64_t events, unsealed, absent, absent_to, last_time, last_id, last_bare = -1;
static bool ended;

static void take_head(const value *line)
{
	static const char *const names[] = {"stead_audit_export", "since",     "until", "filter",
	                                    "tree_size",          "root_hash", NULL};

	check_members(line, names);
	if (get_number(line, names[0], 0) != 2)
		wrong("the format is not 2");
	head.since_given = get(line, "since", STRING, true);
	head.until_given = get(line, "until", STRING, true);
	head.since = head.since_given ? get_time(line, "since") : 0;
	head.until = head.until_given ? get_time(line, "until") : 0;
	head.filter_given = get(line, "filter", STRING, true) != NULL;
	head.size = get_number(line, "tree_size", 0);
	head.root = get_hash(line, "root_hash");
	head.any = true;
}

static const char *const fields[] = {"resource_id", "actor_id",   "actor_name", "details",
                                     "error",       "ip_address", "user_agent"};

static void add_field(bytes *to, const void *data, size_t size)
{
	add(to, "\1", 1);
	add_big_endian(to, size, 4);
	add(to, data, size);
}

static void add_text(bytes *to, const value *text)
{
	if (text)
		add_field(to, text->text.data, text->text.size);
	else
		add(to, "\0", 1);
}

static hash leaf_of(const value *line)
{
	static const char *const numbers[] = {"id", "occurred_at", "recorded_at", "era", "transaction_id"};
	bytes personal = {0}, entry = {0};
	unsigned char nonce[16];
	hash hidden;

	add(&personal, "\2", 1);
	if (find(line, "nonce")->type != NUL) {
		unbase64(find(line, "nonce"), "nonce", nonce, sizeof nonce);
		add_field(&personal, nonce, sizeof nonce);
	} else
		add(&personal, "\0", 1);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		add_text(&personal, get(line, fields[i], STRING, true));
	hidden = sha256(&personal);
	if (find(line, "redacted")->type != NUL) {
		hidden = get_hash(line, "redacted");
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
			if (find(line, fields[i])->type != NUL)
				wrong("the event is redacted and has %s", fields[i]);
		if (find(line, "nonce")->type != NUL)
			wrong("the event is redacted and has a nonce");
	}
	add(&entry, "\0\1", 2);
	for (int i = 0; i < 5; i++)
		add_big_endian(&entry,
		               (uint64_t)(i == 0  ? get_number(line, numbers[i], INT64_MIN)
		                          : i < 3 ? get_time(line, numbers[i])
		                                  : get_digits(line, numbers[i])),
		               8);
	add(&entry, &(unsigned char){get(line, "success", BOOL, false)->boolean}, 1);
	add_text(&entry, get(line, "action", STRING, false));
	add_text(&entry, get(line, "resource_type", STRING, true));
	add(&entry, &hidden, sizeof hidden);
	return sha256(&entry);
}

/* An event's place in the order of sealing, and whether it is sealed. */
typedef struct {
	int64_t era, transaction, id;
	bool sealed;
} standing;
static standing *standings;
static size_t standing_count, standing_room;

static void note_place(const value *line, bool sealed)
{
	if (standing_count == standing_room) {
		standing_room = 2 * standing_room + 1000;
		standings = realloc(standings, standing_room * sizeof *standings);
		if (!standings)
			abort();
	}
	standings[standing_count++] =
		(standing){get_digits(line, "era"), get_digits(line, "transaction_id"), find(line, "id")->number, sealed};
}

static int by_place(const void *left, const void *right)
{
	const standing *a = left, *b = right;

	if (a->era != b->era)
		return a->era < b->era ? -1 : 1;
	if (a->transaction != b->transaction)
		return a->transaction < b->transaction ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static int by_id(const void *left, const void *right)
{
	const standing *a = left, *b = right;

	return a->id != b->id ? (a->id > b->id) - (a->id < b->id) : a->sealed - b->sealed;
}

/* In each era, sealed events come before events that are not sealed, and no event is both. */
static void check_places(void)
{
	if (!standing_count)
		return;
	qsort(standings, standing_count, sizeof *standings, by_place);
	for (size_t i = 1; i < standing_count; i++)
		if (standings[i].sealed && !standings[i - 1].sealed && standings[i].era == standings[i - 1].era)
			wrong("an event that is not sealed lies where all is");
	qsort(standings, standing_count, sizeof *standings, by_id);
	for (size_t i = 1; i < standing_count; i++)
		if (standings[i].id == standings[i - 1].id && standings[i].sealed != standings[i - 1].sealed)
			wrong("an event is both sealed and not sealed");
}

static void take_event(const value *line)
{
	static const char *const names[] = {"id",          "occurred_at", "recorded_at", "action",    "resource_type",
	                                    "resource_id", "actor_id",    "actor_name",  "success",   "details",
	                                    "error",       "ip_address",  "user_agent",  "era",       "transaction_id",
	                                    "nonce",       "redacted",    "leaf_index",  "leaf_hash", NULL};
	int64_t id, time, index;
	bool covered = false;
	hash leaf;

	check_members(line, names);
	if (absent_to)
		wrong("an event comes after absent leaves");
	leaf = leaf_of(line);
	id = find(line, "id")->number;
	time = get_time(line, "occurred_at");
	if (events && (time < last_time || (time == last_time && id <= last_id)))
		wrong("events are out of order");
	if ((head.since_given && time < head.since) || (head.until_given && time >= head.until))
		wrong("an event is of another time");
	events++;
	last_time = time;
	last_id = id;
	if (!same(leaf, get_hash(line, "leaf_hash"))) /* a null is no hash */
		wrong("an event has another leaf");
	note_place(line, get(line, "leaf_index", NUMBER, true) != NULL);
	if (!get(line, "leaf_index", NUMBER, true)) {
		unsealed++;
		return;
	}
	index = get_number(line, "leaf_index", 0);
	if (index >= head.size)
		wrong("a leaf is beyond the tree");
	add_part(index, 1, leaf);
	for (size_t i = 0; i < proof_count; i++)
		if (proofs[i].leaf == index) {
			proofs[i].used = true;
			if (!same(proofs[i].hash, leaf))
				wrong("a proof is of another event");
			covered = covered || checkpoint_count == 0 || is_of_checkpoint(&proofs[i]);
		}
	if (!covered && index > last_bare)
		last_bare = index;
}

static void take_absent(const value *line)
{
	static const char *const names[] = {"first_leaf", "leaves", "pruned", "subtrees", NULL};
	int64_t first, leaves;
	size_t count, used = 0;
	hash *roots;

	check_members(line, names);
	first = get_number(line, "first_leaf", 0);
	leaves = get_number(line, "leaves", 1);
	if (!get(line, "pruned", BOOL, false)->boolean && !head.since_given && !head.until_given && !head.filter_given)
		wrong("an export of all lacks leaves that are not pruned");
	roots = get_hashes(line, "subtrees", &count);
	if (first > head.size || leaves > head.size - first || first < absent_to)
		wrong("absent leaves are beyond the tree, or out of order");
	absent += leaves;
	absent_to = first + leaves;
	for (int64_t width; first < absent_to; first += width) {
		width = widest(first, absent_to);
		if (used == count)
			wrong("there are too few subtrees");
		add_part(first, width, roots[used++]);
	}
	if (used < count)
		wrong("there are too many subtrees");
}

static void take_end(const value *line)
{
	static const char *const names[] = {"events", "unsealed_events", "absent_leaves", NULL};

	check_members(line, names);
	if (get_number(line, names[0], 0) != events || get_number(line, names[1], 0) != unsealed ||
	    get_number(line, names[2], 0) != absent)
		wrong("the counts are not those of the lines");
	ended = true;
}

static void take_line(bytes data)
{
	value line = read_json(data.data, data.size);

	if (!head.any)
		take_head(&line);
	else if (ended)
		wrong("there is a line after the last");
	else if (find(&line, "first_leaf"))
		take_absent(&line);
	else if (find(&line, "events"))
		take_end(&line);
	else
		take_event(&line);
}

/* ---- The verdict ----------------------------------------------------------------------------------------------- */

/* A size has only one root, and a root only one size. */
static void check_root(int64_t size, hash root)
{
	bool good = (size == head.size) == same(root, head.root);

	for (size_t i = 0; i < checkpoint_count; i++)
		good = good && (size == checkpoints[i].size) == same(root, checkpoints[i].root);
	for (size_t i = 0; i < proof_count; i++)
		good = good && (size == proofs[i].size) == same(root, proofs[i].root);
	if (!good)
		wrong("there are two roots of one size, or two sizes of one root");
}

static void judge(void)
{
	bool whole; /* is every leaf there? */
	int64_t covered = 0;
	hash root;

	if (!ended)
		wrong("the end is missing");
	if (tree.count)
		qsort(tree.parts, tree.count, sizeof *tree.parts, by_begin);
	for (size_t i = 1; i < tree.count; i++)
		if (tree.parts[i].begin < tree.parts[i - 1].begin + tree.parts[i - 1].width)
			wrong("a leaf is there twice");
	whole = tree_root(head.size, &root);
	if (whole && !same(root, head.root))
		wrong("the root is not that of the head");
	check_root(head.size, head.root);
	for (size_t i = 0; i < checkpoint_count; i++) {
		checkpoint *of = &checkpoints[i];

		check_root(of->size, of->root);
		if (of->size <= head.size && tree_root(of->size, &root)) {
			if (!same(root, of->root))
				wrong("a checkpoint has another root");
			of->used = true;
			covered = whole && of->size > covered ? of->size : covered;
		}
	}
	for (size_t i = 0; i < proof_count; i++) {
		check_root(proofs[i].size, proofs[i].root);
		if (!proofs[i].used)
			wrong("a proof is of no line");
		if (checkpoint_count == 0 && proofs[i].size != proofs[0].size)
			wrong("the proofs are of several trees");
		for (size_t k = 0; k < checkpoint_count; k++)
			checkpoints[k].used = checkpoints[k].used || checkpoints[k].size == proofs[i].size;
	}
	for (size_t i = 0; i < checkpoint_count; i++)
		if (!checkpoints[i].used)
			wrong("a checkpoint was compared with nothing");
	if (last_bare >= covered)
		wrong("an event is not covered");
	if (!covered && !proof_count && (head.size || !checkpoint_count))
		wrong("nothing covers anything");
	if (unsealed && !allow_unsealed)
		wrong("there are unsealed events");
	if (must_be_whole && (head.since_given || head.until_given || head.filter_given))
		wrong("the export is not whole");
	if (must_be_whole && covered < head.size)
		wrong("no checkpoint covers the whole");
	check_places();
}

static bytes read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char buffer[65536];
	bytes out = {0};
	size_t got;

	if (!file) {
		perror(path);
		exit(2);
	}
	while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
		add(&out, buffer, got);
	fclose(file);
	return out;
}

static bool read_arguments(int count, char **arguments)
{
	for (int i = 2; i < count; i++)
		if (!strcmp(arguments[i], "--allow-unsealed"))
			allow_unsealed = true;
		else if (!strcmp(arguments[i], "--whole"))
			must_be_whole = true;
		else if (i + 1 < count && !strcmp(arguments[i], "--checkpoint") && checkpoint_count < 100)
			read_checkpoint(read_file(arguments[++i]));
		else if (i + 1 < count && !strcmp(arguments[i], "--proof") && proof_count < 1000)
			read_proof(read_file(arguments[++i]));
		else
			return false;
	return count > 1;
}

int main(int count, char **arguments)
{
	static bytes file;
	static text in;

	if (setjmp(leave))
		return 1;
	if (!read_arguments(count, arguments)) {
		fprintf(stderr,
		        "usage: export_reader EXPORT [--checkpoint FILE]... [--proof FILE]... [--allow-unsealed] [--whole]\n");
		return 2;
	}
	file = read_file(arguments[1]);
	for (in = (text){.at = file.data, .end = file.data + file.size}; in.at < in.end;)
		take_line(next_line(&in));
	judge();
	printf("%lld events, %lld of them not sealed, %lld leaves absent of %lld: right\n", (long long)events,
	       (long long)unsealed, (long long)absent, (long long)head.size);
	return 0;
}
