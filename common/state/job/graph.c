/*
 * graph.c - the graph of a job: nodes with a status, and edges that say which node comes after which.
 *
 * Every writer first updates the graph's row in stead_job_graph, which locks it until the transaction ends: two callers
 * at once lose nothing, and each overall status is that of what is stored. Edges never change singly, so they are a
 * JSON text of that row.
 */
#include "state/job/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

#define MAX_NODE 200 /* bytes of a node's id */
#define MAX_AGENT 1000
#define BATCH 200 /* nodes stored by one statement */

enum { NODE_ID, NODE_AGENT, NODE_STATUS, NODE_STARTED, NODE_FINISHED, NODE_ERROR, NODE_KEYS };
static const stead_arg node_keys[] = {
	[NODE_ID] = {"id", STEAD_TEXT},
	[NODE_AGENT] = {"agent_name", STEAD_TEXT},
	[NODE_STATUS] = {"status", STEAD_TEXT},
	[NODE_STARTED] = {"started_at", STEAD_JSON},
	[NODE_FINISHED] = {"finished_at", STEAD_JSON},
	[NODE_ERROR] = {"error", STEAD_JSON},
};
static const stead_arg edge_keys[] = {{"from", STEAD_TEXT}, {"to", STEAD_TEXT}};

typedef struct {
	stead_value id;
	int64_t place; /* in the given order */
} node_name;

typedef struct {
	int64_t from, to; /* places of nodes */
} edge;

/* The status of a graph is the first of these that a node has. */
static const char *const statuses[] = {"failed", "running", "pending", "success", "skipped"};

static bool is_status(stead_value status)
{
	for (int i = 0; i < STEAD_COUNT(statuses); i++)
		if (stead_equals(status, statuses[i]))
			return true;
	return false;
}

static void check_status(stead_call *call, const char *name, stead_value status)
{
	if (!is_status(status))
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be pending, running, success, failed or skipped",
		            call->function->name, name);
}

/* Times and errors are kept as given. */
static void check_plain(stead_call *call, const char *name, const stead_arg *key, stead_value value)
{
	if (!value.null && *value.data != '"' && *value.data != '-' && !(*value.data >= '0' && *value.data <= '9'))
		stead_raise(call, STEAD_INVALID, "stead_%s: %s.%s must be a string or a number", call->function->name, name,
		            key->name);
}

/* ---- Reading the arguments --------------------------------------------------------------------------------------- */

static stead_json_walk enter_array(stead_call *call, stead_value json, const char *name)
{
	stead_json_walk walk;

	stead_check_json(call, json, name);
	if (json.data[stead_json_begin(json.data, json.size)] != '[')
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be a JSON array", call->function->name, name);
	stead_json_enter(&walk, json.data, json.size);
	return walk;
}

static int by_id(const void *a, const void *b)
{
	return stead_compare(((const node_name *)a)->id, ((const node_name *)b)->id);
}

static int64_t place_of(const node_name *names, size_t count, stead_value id)
{
	node_name wanted = {.id = id};
	const node_name *found = count ? bsearch(&wanted, names, count, sizeof *names, by_id) : NULL;

	return found ? found->place : -1;
}

/* Reads the nodes into rows of stead_job_node; returns their names, sorted. */
static node_name *read_nodes(stead_call *call, stead_value job_id, stead_value json, stead_value **rows, size_t *count)
{
	stead_json_walk walk = enter_array(call, json, "nodes");
	size_t room = 0, row_room = 0;
	node_name *names = NULL;

	*rows = NULL;
	for (*count = 0; stead_json_member(&walk); (*count)++) {
		stead_value node[NODE_KEYS], item = stead_json_n(walk.value, walk.value_size), *row;
		char name[40], member[60];

		snprintf(name, sizeof name, "nodes[%zu]", *count);
		stead_read_object(call, item, name, node_keys, NODE_KEYS, node);
		snprintf(member, sizeof member, "%s.id", name);
		if (node[NODE_ID].null)
			stead_raise(call, STEAD_INVALID, "stead_job_graph_set: %s is missing", member);
		stead_check_size(call, member, node[NODE_ID], 1, MAX_NODE);
		snprintf(member, sizeof member, "%s.agent_name", name);
		stead_check_size(call, member, node[NODE_AGENT], 0, MAX_AGENT);
		if (node[NODE_STATUS].null)
			node[NODE_STATUS] = stead_text("pending");
		snprintf(member, sizeof member, "%s.status", name);
		check_status(call, member, node[NODE_STATUS]);
		for (int i = NODE_STARTED; i <= NODE_ERROR; i++)
			check_plain(call, name, &node_keys[i], node[i]);
		names = stead_grow(call, names, *count, &room, sizeof *names);
		names[*count] = (node_name){node[NODE_ID], (int64_t)*count};
		*rows = stead_grow(call, *rows, *count, &row_room, sizeof **rows * (NODE_KEYS + 2));
		row = *rows + *count * (NODE_KEYS + 2);
		row[0] = job_id;
		row[1] = stead_int((int64_t)*count);
		memcpy(row + 2, node, sizeof node);
	}
	if (*count)
		qsort(names, *count, sizeof *names, by_id);
	for (size_t i = 1; i < *count; i++)
		if (by_id(names + i - 1, names + i) == 0)
			stead_raise(call, STEAD_INVALID, "stead_job_graph_set: nodes has the id \"%.*s\" twice",
			            (int)names[i].id.size, names[i].id.data);
	return names;
}

/* Reads the edges, and writes them as they are stored. */
static edge *read_edges(stead_call *call, stead_value json, const node_name *names, size_t nodes, stead_buffer *text,
                        size_t *count)
{
	stead_json_walk walk = enter_array(call, json, "edges");
	edge *edges = NULL;
	size_t room = 0;

	stead_append_text(call, text, "[");
	for (*count = 0; stead_json_member(&walk); (*count)++) {
		stead_value ends[2], item = stead_json_n(walk.value, walk.value_size);
		int64_t places[2];
		char name[40];

		snprintf(name, sizeof name, "edges[%zu]", *count);
		stead_read_object(call, item, name, edge_keys, 2, ends);
		for (int i = 0; i < 2; i++) {
			if (ends[i].null)
				stead_raise(call, STEAD_INVALID, "stead_job_graph_set: %s.%s is missing", name, edge_keys[i].name);
			places[i] = place_of(names, nodes, ends[i]);
			if (places[i] < 0)
				stead_raise(call, STEAD_INVALID, "stead_job_graph_set: %s.%s \"%.*s\" is no id of nodes", name,
				            edge_keys[i].name, (int)(ends[i].size < MAX_NODE ? ends[i].size : MAX_NODE), ends[i].data);
		}
		edges = stead_grow(call, edges, *count, &room, sizeof *edges);
		edges[*count] = (edge){places[0], places[1]};
		stead_append_text(call, text, *count ? ",{\"from\":" : "{\"from\":");
		stead_append_json(call, text, ends[0]);
		stead_append_text(call, text, ",\"to\":");
		stead_append_json(call, text, ends[1]);
		stead_append_text(call, text, "}");
	}
	stead_append_text(call, text, "]");
	return edges;
}

/* Takes away nodes that nothing leads to, one after the other. What is left, if anything, leads to a cycle backwards.
 * A loop, not recursion: a graph may be a chain of thousands. Returns the place of a node in a cycle, or -1. */
static int64_t find_cycle(stead_call *call, size_t nodes, const edge *edges, size_t edge_count)
{
	int64_t *first = memset(stead_alloc(call, (nodes + 2) * sizeof *first), 0, (nodes + 2) * sizeof *first);
	int64_t *into = memset(stead_alloc(call, (nodes + 1) * sizeof *into), 0, (nodes + 1) * sizeof *into);
	int64_t *ready = stead_alloc(call, (nodes + 1) * sizeof *ready), *next = ready;
	int64_t *targets = stead_alloc(call, (edge_count + 1) * sizeof *targets), at = 0;
	size_t done = 0, found = 0;

	for (size_t i = 0; i < edge_count; i++) {
		first[edges[i].from + 2]++;
		into[edges[i].to]++;
	}
	for (size_t i = 2; i < nodes + 2; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < edge_count; i++)
		targets[first[edges[i].from + 1]++] = edges[i].to; /* then first[n] .. first[n + 1] are those of node n */
	for (size_t i = 0; i < nodes; i++)
		if (!into[i])
			ready[found++] = (int64_t)i;
	for (; done < found; done++)
		for (int64_t i = first[ready[done]]; i < first[ready[done] + 1]; i++)
			if (--into[targets[i]] == 0)
				ready[found++] = targets[i];
	if (done == nodes)
		return -1;
	/* each node that is left has one before it that is left: going back so often ends in a cycle */
	for (size_t i = 0; i < edge_count; i++)
		if (into[edges[i].from] && into[edges[i].to])
			next[edges[i].to] = edges[i].from;
	while (!into[at])
		at++;
	for (size_t i = 0; i < nodes; i++)
		at = next[at];
	return at;
}

/* ---- The functions ----------------------------------------------------------------------------------------------- */

/* Without nodes, pending. */
static stead_value overall(stead_call *call, stead_value job_id)
{
	stead_value of[2] = {job_id};

	for (int i = 0; i < STEAD_COUNT(statuses); i++) {
		of[1] = stead_text(statuses[i]);
		if (stead_any(call, "SELECT 1 FROM stead_job_node WHERE job_id = $1 AND status = $2 LIMIT 1", 2, of))
			return of[1];
	}
	return stead_text("pending");
}

stead_value job_graph_set(stead_call *call, const stead_value *args)
{
	stead_value *rows;
	stead_buffer text = {0};
	size_t nodes, edge_count;
	int64_t cycle, stored;
	node_name *names;
	edge *edges;

	job_check_id(call, args[0]);
	names = read_nodes(call, args[0], args[1], &rows, &nodes);
	edges = read_edges(call, args[2], names, nodes, &text, &edge_count);
	cycle = find_cycle(call, nodes, edges, edge_count);
	if (cycle >= 0) {
		stead_value id = rows[cycle * (NODE_KEYS + 2) + 2];

		stead_raise(call, STEAD_INVALID, "stead_job_graph_set: edges has a cycle through \"%.*s\"", (int)id.size,
		            id.data);
	}
	stored = stead_run(call,
	                   "INSERT INTO stead_job_graph (job_id, edges, updated_at) VALUES ($1, $2, $3)"
	                   " ON CONFLICT (job_id) DO UPDATE SET edges = $2, updated_at = $3",
	                   3, (stead_value[]){args[0], stead_json(text.data), stead_time(stead_now(call))});
	stead_run(call, "DELETE FROM stead_job_node WHERE job_id = $1", 1, args);
	for (size_t i = 0; i < nodes; i += BATCH)
		stored += stead_run_rows(call,
		                         "INSERT INTO stead_job_node (job_id, position, node_id, agent_name, status,"
		                         " started_at, finished_at, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		                         NODE_KEYS + 2, (int64_t)(nodes - i < BATCH ? nodes - i : BATCH),
		                         rows + i * (NODE_KEYS + 2));
	if (stored != (int64_t)nodes + 1)
		stead_raise_not_stored(call, "the graph");
	return overall(call, args[0]);
}

/* What a changed member becomes: nothing if it is absent, and null takes it away. */
static bool has_member(stead_value json, const char *key)
{
	stead_json_walk walk;

	stead_json_enter(&walk, json.data, json.size);
	while (stead_json_member(&walk))
		if (stead_json_string_is(walk.key, walk.key_size, key))
			return true;
	return false;
}

stead_value job_node_set(stead_call *call, const stead_value *args)
{
	stead_value changes[3], now = stead_time(stead_now(call)), params[9] = {args[0], args[1], args[2]};

	job_check_id(call, args[0]);
	stead_check_size(call, "node_id", args[1], 1, MAX_NODE);
	check_status(call, "status", args[2]);
	for (int i = 0; i < STEAD_COUNT(changes); i++)
		changes[i] = stead_null(STEAD_JSON);
	if (!args[3].null)
		stead_read_object(call, args[3], "changes", node_keys + NODE_STARTED, STEAD_COUNT(changes), changes);
	for (int i = 0; i < STEAD_COUNT(changes); i++) {
		check_plain(call, "changes", &node_keys[NODE_STARTED + i], changes[i]);
		params[3 + i] = stead_bool(!args[3].null && has_member(args[3], node_keys[NODE_STARTED + i].name));
		params[6 + i] = changes[i];
	}
	if (!stead_run(call, "UPDATE stead_job_graph SET updated_at = $2 WHERE job_id = $1", 2,
	               (stead_value[]){args[0], now}))
		stead_raise(call, STEAD_NOT_FOUND, "stead_job_node_set: job \"%.*s\" has no graph", (int)args[0].size,
		            args[0].data);
	if (!stead_run(call,
	               "UPDATE stead_job_node SET status = $3, started_at = CASE WHEN $4 THEN $7 ELSE started_at END,"
	               " finished_at = CASE WHEN $5 THEN $8 ELSE finished_at END,"
	               " error = CASE WHEN $6 THEN $9 ELSE error END WHERE job_id = $1 AND node_id = $2",
	               9, params))
		stead_raise(call, STEAD_NOT_FOUND, "stead_job_node_set: the graph has no node \"%.*s\"", (int)args[1].size,
		            args[1].data);
	return overall(call, args[0]);
}

stead_value job_graph(stead_call *call, const stead_value *args)
{
	stead_buffer text = {0};
	stead_rows *graph, *nodes;
	const char *comma = "";
	stead_value edges;

	job_check_id(call, args[0]);
	graph = stead_open(call, "SELECT edges FROM stead_job_graph WHERE job_id = $1", 1, args);
	if (!stead_next(graph))
		return stead_null(STEAD_JSON);
	edges = stead_column(graph, 0, STEAD_JSON);
	stead_append_text(call, &text, "{\"nodes\":[");
	/* the first query stays open meanwhile, so that both see one state of the database */
	nodes = stead_open_as(call, STEAD_CURSOR,
	                      "SELECT node_id, agent_name, status, started_at, finished_at, error FROM stead_job_node"
	                      " WHERE job_id = $1 ORDER BY position, node_id",
	                      1, args);
	for (; stead_next(nodes); comma = ",") {
		stead_append_text(call, &text, comma);
		for (int i = 0; i < NODE_KEYS; i++) {
			stead_value value = stead_column(nodes, i, node_keys[i].type);

			if (value.type == STEAD_JSON && !value.null) /* somebody may have written it by hand */
				stead_check_json(call, value, node_keys[i].name);
			stead_append_text(call, &text, i ? ",\"" : "{\"");
			stead_append_text(call, &text, node_keys[i].name);
			stead_append_text(call, &text, "\":");
			stead_append_json(call, &text, value);
		}
		stead_append_text(call, &text, "}");
	}
	stead_append_text(call, &text, "],\"edges\":");
	stead_check_json(call, edges, "edges");
	stead_append_json(call, &text, edges);
	stead_append_text(call, &text, ",\"overall_status\":\"");
	stead_append_text(call, &text, stead_string(call, overall(call, args[0])));
	stead_close(graph);
	stead_append_text(call, &text, "\"}");
	return stead_json(text.data);
}

void job_delete_graph(stead_call *call, stead_value job_id)
{
	/* first the row whose lock all writers of the graph wait for */
	stead_run(call, "DELETE FROM stead_job_graph WHERE job_id = $1", 1, &job_id);
	stead_run(call, "DELETE FROM stead_job_node WHERE job_id = $1", 1, &job_id);
}
