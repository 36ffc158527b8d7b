/*
 * walk.c - walking the registry: empty modules are skipped, wherever they are, and nothing comes twice.
 *
 * Linked with: core/walk
 */
#include "unit.h"

#include "core/walk.h"

static const stead_table some_tables[] = {{.name = "person"}, {.name = "rule"}, {0}},
						 one_table[] = {{.name = "place"}, {0}}, no_tables[] = {{0}};
static const stead_function some_functions[] = {{.name = "add"}, {.name = "remove"}},
							one_function[] = {{.name = "list"}};
static const stead_option some_options[] = {{.key = "stead.a"}, {.key = "stead.b"}, {0}};
static const stead_target one_target[] = {{.name = "place"}, {0}};
static const stead_module empty = {.name = "empty"}, nameless = {.name = "nameless", .tables = no_tables},
						  some = {.name = "some",
                                  .tables = some_tables,
                                  .functions = some_functions,
                                  .function_count = 2,
                                  .options = some_options},
						  one = {.name = "one",
                                 .tables = one_table,
                                 .functions = one_function,
                                 .function_count = 1,
                                 .targets = one_target};

const stead_module *const stead_modules[] = {&empty, &some, &nameless, &one, NULL};

static void modules(void **state)
{
	(void)state;
	assert_ptr_equal(stead_next_module(NULL), &empty);
	assert_ptr_equal(stead_next_module(&some), &nameless);
	assert_ptr_equal(stead_next_module(&nameless), &one);
	assert_null(stead_next_module(&one));
}

static void tables(void **state)
{
	(void)state;
	assert_ptr_equal(stead_next_table(NULL), &some_tables[0]);
	assert_ptr_equal(stead_next_table(&some_tables[0]), &some_tables[1]);
	assert_ptr_equal(stead_next_table(&some_tables[1]), &one_table[0]);
	assert_null(stead_next_table(&one_table[0]));
}

static void functions(void **state)
{
	(void)state;
	assert_ptr_equal(stead_next_function(NULL), &some_functions[0]);
	assert_ptr_equal(stead_next_function(&some_functions[0]), &some_functions[1]);
	assert_ptr_equal(stead_next_function(&some_functions[1]), &one_function[0]);
	assert_null(stead_next_function(&one_function[0]));
}

static void options(void **state)
{
	(void)state;
	assert_ptr_equal(stead_next_option(NULL), &some_options[0]);
	assert_ptr_equal(stead_next_option(&some_options[0]), &some_options[1]);
	assert_null(stead_next_option(&some_options[1]));
}

static void targets(void **state)
{
	(void)state;
	assert_ptr_equal(stead_next_target(NULL), &one_target[0]);
	assert_null(stead_next_target(&one_target[0]));
}

static void found(void **state)
{
	(void)state;
	assert_ptr_equal(stead_find_table("place"), &one_table[0]);
	assert_ptr_equal(stead_find_table("person"), &some_tables[0]);
	assert_null(stead_find_table("stead_person"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules), cmocka_unit_test(tables),  cmocka_unit_test(functions),
		cmocka_unit_test(options), cmocka_unit_test(targets), cmocka_unit_test(found),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
