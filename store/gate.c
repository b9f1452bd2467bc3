/* The gate between the readers of a process and its writer.
 *
 * What: SQLite locks the file and looks for a journal at every statement,
 * which for a million small sessions is most of the time; so a reader of
 * store_reader() keeps one transaction open over many reads.  But a writer
 * can commit only while nobody reads, and SQLite's way to wait (try again
 * later) never meets such a moment between busy readers.
 *
 * So reads enter and leave here.  A writer that wants to commit goes next:
 * later reads wait, those inside end soon (one statement), and then the writer
 * itself ends the transactions held by idle readers, which begin new ones at
 * their next read. Only then does another thread use a connection, while its
 * own thread is outside and cannot enter; the mutex orders the two.
 */
#include "store/store_int.h"

#include <pthread.h>
#include <stdlib.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t turn;
	unsigned shares;         /* connections that share it */
	unsigned readers;        /* inside */
	bool writing;            /* the writer is inside or next */
	struct store *holders;   /* readers that hold transactions */
	struct kept *kept;       /* owned; or NULL */
	struct shelf_keep *keep; /* the same */
	struct flow_keep *flows; /* the same */
};

struct gate *gate_new(void)
{
	struct gate *g = mem_zalloc(1, sizeof *g);

	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->turn, NULL);
	g->shares = 1;
	return g;
}

struct gate *gate_share(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->shares++;
	pthread_mutex_unlock(&g->lock);
	return g;
}

void gate_leave(struct store *s)
{
	struct gate *g = s->gate;
	bool last;

	pthread_mutex_lock(&g->lock);
	for (struct store **at = &g->holders; *at; at = &(*at)->next_holder)
		if (*at == s) {
			*at = s->next_holder;
			break;
		}
	last = !--g->shares;
	pthread_mutex_unlock(&g->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->turn);
	kept_free(g->kept);
	shelf_keep_free(g->keep);
	flow_keep_free(g->flows);
	free(g);
}

void gate_keep(struct gate *g)
{
	if (g->kept)
		return;
	g->kept = kept_new();
	g->keep = shelf_keep_new();
	g->flows = flow_keep_new();
}

struct kept *gate_kept(const struct gate *g)
{
	return g->kept;
}

struct shelf_keep *gate_shelves(const struct gate *g)
{
	return g->keep;
}

struct flow_keep *gate_flows(const struct gate *g)
{
	return g->flows;
}

void gate_hold(struct store *s)
{
	struct gate *g = s->gate;

	pthread_mutex_lock(&g->lock);
	s->next_holder = g->holders;
	g->holders = s;
	pthread_mutex_unlock(&g->lock);
}

/* A reader's reads may nest: the first enters, the last leaves. */
void gate_read_begin(struct store *s)
{
	struct gate *g = s->gate;

	if (s->writer || s->reading++)
		return;
	pthread_mutex_lock(&g->lock);
	while (g->writing)
		pthread_cond_wait(&g->turn, &g->lock);
	g->readers++;
	pthread_mutex_unlock(&g->lock);
	if (s->holds && sqlite3_get_autocommit(s->db))
		store_exec(s, "BEGIN");
}

void gate_read_end(struct store *s)
{
	struct gate *g = s->gate;

	if (s->writer || --s->reading)
		return;
	pthread_mutex_lock(&g->lock);
	if (!--g->readers)
		pthread_cond_broadcast(&g->turn);
	pthread_mutex_unlock(&g->lock);
}

void gate_write_begin(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	while (g->writing)
		pthread_cond_wait(&g->turn, &g->lock);
	g->writing = true;
	while (g->readers)
		pthread_cond_wait(&g->turn, &g->lock);
	for (struct store *s = g->holders; s; s = s->next_holder)
		if (!sqlite3_get_autocommit(s->db))
			sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	pthread_mutex_unlock(&g->lock);
}

void gate_write_end(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->writing = false;
	pthread_cond_broadcast(&g->turn);
	pthread_mutex_unlock(&g->lock);
}
