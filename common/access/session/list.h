/*
 * list.h - SQL functions of list.c, for the registry.
 */
#ifndef STEAD_SESSION_LIST_H
#define STEAD_SESSION_LIST_H

#include "stead.h"

void session_list(stead_call *call, const stead_value *args);
void session_list_all(stead_call *call, const stead_value *args);

#endif
