/*
 * list.h - SQL functions of list.c, for the registry.
 */
#ifndef STEAD_JWT_LIST_H
#define STEAD_JWT_LIST_H

#include "stead.h"

void jwt_key_list(stead_call *call, const stead_value *args);
stead_value jwt_jwks(stead_call *call, const stead_value *args);

#endif
