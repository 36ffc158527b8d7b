/*
 * registry.c - the list of modules, in documentation order. Adding a module adds its line here.
 */
#include "stead.h"

extern const stead_module stead_meta, stead_audit, stead_seal, stead_verify, stead_proof, stead_setting, stead_user,
	stead_role, stead_session, stead_jwt, stead_retention;

const stead_module *const stead_modules[] = {
	&stead_meta, &stead_audit, &stead_seal,    &stead_verify, &stead_proof,     &stead_setting,
	&stead_user, &stead_role,  &stead_session, &stead_jwt,    &stead_retention, NULL,
};
