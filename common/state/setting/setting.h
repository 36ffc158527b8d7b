/*
 * setting.h - what the files of settings share. The bodies are of the SQL functions with these names.
 */
#ifndef STEAD_SETTING_H
#define STEAD_SETTING_H

#include "stead.h"

#define SETTING_MAX_KEY 200 /* bytes */

/* Raises unless the call's first argument is a key by its size. */
void setting_check_key(stead_call *call, stead_value key);
/* Is the key of one of Stead's own options? */
bool setting_is_reserved(stead_value key);

stead_value setting_get(stead_call *call, const stead_value *args);
stead_value setting_bool(stead_call *call, const stead_value *args);
stead_value setting_int(stead_call *call, const stead_value *args);
stead_value setting_real(stead_call *call, const stead_value *args);
stead_value setting_reveal(stead_call *call, const stead_value *args);
void setting_list(stead_call *call, const stead_value *args);
void setting_history(stead_call *call, const stead_value *args);
stead_value setting_version(stead_call *call, const stead_value *args);

#endif
