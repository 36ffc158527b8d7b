/*
 * tables.c - the tables of users and roles.
 */
#include "access/identity.h"

const stead_table user_tables[] = {
	[USER_TABLE] =
		{
			.name = "user",
			.doc = "The users: one row each.",
			.schema = 2,
			.cached = true,
			.invalidate_by = "id",
			.positive_only = true,
			.columns =
				{
					{"id", STEAD_INT, "The user's number; never reused.", .key = true, .serial = true,
                     .never_reused = true},
					{"username", STEAD_TEXT, "1 to 200 bytes; no two users have the same."},
					{"email", STEAD_TEXT, "At most 320 bytes; no two users have the same.", .nullable = true},
					{"active", STEAD_BOOL, "False: the user has no permissions and no valid session."},
					{"approved", STEAD_BOOL, "False: the same, until somebody approves the user."},
					{"created_at", STEAD_TIME, "When the row was made.", .no_invalidation = true},
					{"updated_at", STEAD_TIME, "When it last changed.", .no_invalidation = true},
				},
			.indexes = {{"username", "username", .unique = true}, {"email", "email", .unique = true}},
		},
	[ROLE_TABLE] =
		{
			.name = "role",
			.doc = "The roles: one row each.",
			.schema = 2,
			.cached = true,
			.columns =
				{
					{"id", STEAD_INT, "The role's number; never reused.", .key = true, .serial = true,
                     .never_reused = true},
					{"name", STEAD_TEXT, "1 to 200 bytes; no two roles have the same."},
					{"description", STEAD_TEXT, "What it is for.", .nullable = true, .no_invalidation = true},
					{"created_at", STEAD_TIME, "When the row was made.", .no_invalidation = true},
				},
			.indexes = {{"name", "name", .unique = true}},
		},
	[USER_ROLE_TABLE] =
		{
			.name = "user_role",
			.doc = "Which user has which role.",
			.schema = 2,
			.cached = true,
			.invalidate_by = "user_id",
			.columns =
				{
					{"user_id", STEAD_INT, "The user.", .key = true, .references = "user"},
					{"role_id", STEAD_INT, "The role.", .key = true, .references = "role"},
				},
			.indexes = {{"role", "role_id"}},
		},
	[ROLE_PERMISSION_TABLE] =
		{
			.name = "role_permission",
			.doc = "What each role may do.",
			.schema = 2,
			.cached = true,
			.columns =
				{
					{"role_id", STEAD_INT, "The role.", .key = true, .references = "role"},
					{"permission", STEAD_TEXT, "1 to 200 bytes, such as app.view, app.* or *.", .key = true},
				},
		},
	{0},
};
