/*
 * fuzz.h - what the files of the fuzz target share.
 */
#ifndef STEAD_FUZZ_H
#define STEAD_FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "lite.h"

#define TOKEN 47  /* bytes of a token, and of a key of Stead's form */
#define SECRET 24 /* a message must not show so much of a key, in one word: none has such a long word by itself */

typedef struct {
	const char *data;
	size_t size;
} piece;

/* Ends the run: something does not hold that must hold for every input. */
__attribute__((format(printf, 1, 2))) _Noreturn void fault(const char *format, ...);
/* Runs statements that cannot fail. */
void must(const char *sql);
sqlite3_stmt *statement_of(const char *sql);
void bind(sqlite3_stmt *statement, int index, piece text);
/* Steps to the only row. False: an error, of a kind that a caller can cause. */
bool row_of(sqlite3_stmt *statement);
void end_of(sqlite3_stmt *statement);

/* The text up to the first line end, which is removed. */
piece line_of(piece *text);
/* In memory of exactly its size, where reading beyond it is noticed; free it. */
char *exact_copy(piece text);
bool is_text(piece text);
bool is_one_word(piece text);
/* Is it of the form of a token, or of a key, with that prefix? */
bool is_token(piece text, const char *prefix);
bool begins(piece text, const char *prefix);
/* Is it the text of a key that is there from the beginning? */
bool is_key(piece text);
/* After an error: the message must not contain so much of what was given as a token or a secret. */
void assert_discreet(piece secret, size_t most);

/* secrets.c: keys, and codes of a second factor. */
void prepare_secrets(void);
void try_ids(void);
void try_bootstrap(piece text);
void try_permissions(piece text);
void try_code(piece text);

#endif
