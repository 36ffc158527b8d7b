/*
 * type.h - the types of settings, and which values a definition allows. No error shows a value: it may be a secret.
 */
#ifndef STEAD_SETTING_TYPE_H
#define STEAD_SETTING_TYPE_H

#include "stead.h"

typedef enum { SETTING_TEXT, SETTING_BOOL, SETTING_INT, SETTING_REAL, SETTING_JSON, SETTING_TYPES } setting_type;

/* true, yes, on, 1 and false, no, off, 0 in any case. */
bool setting_read_bool(stead_value text, bool *value);
/* A decimal int64 with an optional sign. */
bool setting_read_int(stead_value text, int64_t *value);
/* A finite decimal number as in JSON, with an optional plus sign. */
bool setting_read_real(stead_call *call, stead_value text, double *value);

/* The type with that name. Raises if there is none. */
setting_type setting_read_type(stead_call *call, stead_value name);
const char *setting_type_words(setting_type type); /* "an integer", for error texts */

/* Checks the options of a definition, and returns whether they make the setting a secret. */
bool setting_check_options(stead_call *call, setting_type type, stead_value options);
/* NULL: the value fits the type and the options, which may be null. Otherwise what it must be, as the end of a
 * sentence. */
const char *setting_unfit(stead_call *call, setting_type type, stead_value options, stead_value value);

#endif
