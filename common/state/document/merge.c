/*
 * merge.c - changing members of documents, on their text: what does not change stays as it was written, numbers too.
 */
#include "state/document/document.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
	stead_value form; /* of its name */
	const char *key, *value;
	size_t key_size, value_size;
	size_t place;
	bool last; /* of those of its name */
	bool used;
} member;

typedef struct {
	member *list, **sorted;
	size_t count;
} members;

static int by_name(const void *a, const void *b)
{
	const member *one = *(member *const *)a, *two = *(member *const *)b;
	int order = stead_compare(one->form, two->form);

	return order ? order : one->place < two->place ? -1 : one->place > two->place;
}

static members read_members(stead_call *call, const char *data, size_t size)
{
	members found = {0};
	stead_json_walk walk;
	size_t room = 0;

	stead_json_enter(&walk, data, size);
	while (stead_json_member(&walk)) {
		found.list = stead_grow(call, found.list, found.count, &room, sizeof *found.list);
		found.list[found.count] = (member){document_form(call, walk.key, walk.key_size),
		                                   walk.key,
		                                   walk.value,
		                                   walk.key_size,
		                                   walk.value_size,
		                                   found.count,
		                                   true,
		                                   false};
		found.count++;
	}
	found.sorted = stead_alloc(call, found.count * sizeof *found.sorted);
	for (size_t i = 0; i < found.count; i++)
		found.sorted[i] = &found.list[i];
	if (found.count)
		qsort(found.sorted, found.count, sizeof *found.sorted, by_name);
	for (size_t i = 1; i < found.count; i++)
		found.sorted[i - 1]->last = stead_compare(found.sorted[i - 1]->form, found.sorted[i]->form) != 0;
	return found;
}

static member *find(const members *members, stead_value form)
{
	size_t low = 0, high = members->count;

	while (low < high) { /* the first after all of that name */
		size_t middle = (low + high) / 2;

		if (stead_compare(members->sorted[middle]->form, form) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && stead_compare(members->sorted[low - 1]->form, form) == 0 ? members->sorted[low - 1] : NULL;
}

static void append_raw(stead_call *call, stead_buffer *out, const char *data, size_t size)
{
	stead_append_json(call, out, stead_json_n(data, size));
}

static void append_name(stead_call *call, stead_buffer *out, const member *member)
{
	if (out->data[out->size - 1] != '{')
		stead_append_text(call, out, ",");
	stead_append(call, out, member->key, member->key_size);
	stead_append_text(call, out, ":");
}

static bool is_null(const member *member)
{
	return *member->value == 'n';
}

/* target is NULL, or any valid value. */
static void merge(stead_call *call, stead_buffer *out, const char *target, size_t target_size, const char *changes,
                  size_t changes_size, bool shallow)
{
	members old = {0}, new;

	if (*changes != '{') {
		append_raw(call, out, changes, changes_size);
		return;
	}
	if (target && *target == '{')
		old = read_members(call, target, target_size);
	new = read_members(call, changes, changes_size);
	stead_append_text(call, out, "{");
	for (size_t i = 0; i < old.count; i++) {
		member *was = &old.list[i], *change;

		if (!was->last)
			continue;
		change = find(&new, was->form);
		if (change)
			change->used = true;
		if (change && !shallow && is_null(change))
			continue;
		append_name(call, out, was);
		if (!change || shallow)
			append_raw(call, out, change ? change->value : was->value, change ? change->value_size : was->value_size);
		else
			merge(call, out, was->value, was->value_size, change->value, change->value_size, false);
	}
	for (size_t i = 0; i < new.count; i++) {
		const member *added = &new.list[i];

		if (added->used || !added->last || (!shallow && is_null(added)))
			continue;
		append_name(call, out, added);
		if (shallow)
			append_raw(call, out, added->value, added->value_size);
		else
			merge(call, out, NULL, 0, added->value, added->value_size, false);
	}
	stead_append_text(call, out, "}");
}

static void trim(stead_value *text)
{
	while (text->size && *text->data != '{')
		text->data++, text->size--;
}

stead_value document_merge(stead_call *call, stead_value body, stead_value changes, bool shallow)
{
	stead_buffer out = {0};
	stead_value merged;

	trim(&body);
	trim(&changes);
	merge(call, &out, body.data, body.size, changes.data, changes.size, shallow);
	merged = stead_text_n(out.data, out.size);
	if (merged.size > STEAD_MAX_TEXT)
		stead_raise(call, STEAD_INVALID, "stead_%s: the changed document would have more than %d bytes",
		            call->function->name, STEAD_MAX_TEXT);
	return merged;
}
