/*
 * sqlite.h - what the SQLite benchmarks share.
 */
#ifndef BENCH_SQLITE_H
#define BENCH_SQLITE_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#define MAX_PAIRS 25
#define COLUMN_NAMES                                                                                                   \
	"occurred_at, recorded_at, action, resource_type, resource_id, actor_id, actor_name, success, details, error, "    \
	"ip_address, user_agent"

extern const char *module, *directory;
extern int64_t row_count;
extern int pairs;
extern bool quick;

typedef struct {
	double cpu, wall;
} spent;
spent start(void);
spent since(spent begin);

void expect(sqlite3 *db, int code, int wanted, const char *doing);
void run(sqlite3 *db, const char *sql);
sqlite3_stmt *prepare(sqlite3 *db, const char *sql);
/* Steps a statement to its end. Returns the number of rows. */
int64_t finish(sqlite3 *db, sqlite3_stmt *statement);
/* The first column of the first row; free it with sqlite3_free. */
char *ask(sqlite3 *db, const char *sql);
/* What stead_maintain() does with a sealed log, until nothing is left. */
void upkeep(sqlite3 *db);
sqlite3 *open_database(const char *name);
void bind_text(sqlite3_stmt *statement, int index, const char *text, void (*release)(void *));

/* What one operation cost in each turn of the two sides, and how it is printed. */
typedef struct {
	double cpu[MAX_PAIRS], wall[MAX_PAIRS];
} series;
double median(const double *values);
void note(series *series, int turn, spent took, double operations);
void print_rate(double per_second);
void print_duration(double seconds);
void report_speed(const char *what, const char *against, const series *plain, const series *stead, const char *target,
                  const char *command);
void report_time(const char *what, const series *plain, const series *stead, const char *target, const char *command);

uint64_t next_random(void);
/* kB of this process, VmHWM or VmRSS */
long memory(const char *field);
bool wanted(const char *part);

/* Rate limits: sqlite_limit.c. */
void bench_limit(void);
/* Captured changes: sqlite_capture.c. */
void bench_capture(void);
/* The cache of values that expire: sqlite_cache.c. */
void bench_cache(void);
/* Signing in: sqlite_login.c. */
void bench_login(void);
/* Documents: sqlite_document.c. */
void bench_document(void);

/* Lists, counts, tops, statistics: sqlite_read.c. */
void bench_read(const char *filters);

/* Export and import: sqlite_move.c. */
void bench_move(int64_t events);

/* Jobs claimed and finished: sqlite_job.c. */
void bench_job(int64_t jobs);

/* The parts over many events: sqlite_scale.c. */
void bench_scale(int64_t events);

#endif
