/* A small desk that keeps the contract, and breaks it in one way if it is built with -DBREAKS=that. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hongling.h"

enum way {
    NOTHING, READS_PAST_THE_TABLE, WRITES_WHAT_IS_LENT, KEEPS_WHAT_IS_LENT, READS_NOTHING_AT_ALL, COUNTS, KNOWS_ITS_PROCESS,
    SHARES_A_BUFFER, READS_A_FILE, KEEPS_MEMORY, KEEPS_A_FILE, ANSWERS_TWICE, ANSWERS_NOTHING, ANSWERS_LATIN, ANSWERS_NO_EFFECT, KNOWS_EVERY_VERB,
    TAKES_RUBBISH, DIES_WITH_THE_HOST, BEARS_A_GRUDGE, LEAVES, HANGS, SHARES_AN_INSTANCE, LACKS_ITS_VIEW, MINDS_MORE, PANICS,
    ANSWERS_LATE, WILL_NOT_OPEN, GOSSIPS, DRAWS_CROOKEDLY,
};
#ifndef BREAKS
#define BREAKS NOTHING
#endif
static const enum way breaks = BREAKS;

static const char manifest[] HONGLING_SECTION = HONGLING_MARKER
    "name = \"breaking\"\nversion = \"0.1.0\"\ntitle = { zh = \"破例\", en = \"Breaking\" }\n"
    "[[take]]\ntopic = \"sorted\"\n"
    "[[say]]\ntopic = \"noted\"\ntitle = { zh = \"记下\", en = \"Noted\" }\nlog = true\n"
    "[[kind]]\nname = \"request\"\nstages = [{ name = \"here\", title = { zh = \"在此\", en = \"Here\" } }]\n"
    "[[view]]\nname = \"units\"\ntitle = { zh = \"单位\", en = \"Units\" }\nwho = [\"@anyone\"]\n";

struct desk {
    int calls, grudge;
    const uint8_t *kept;
};

static struct desk *shared;
static char buffer[64];
static const hongling_host *late_host;
static void *late_call;
/* Not static: what nobody reads is never allocated. */
void *last;

static int has(hongling_bytes bytes, const char *word) {
    return bytes.len != 0 && memmem(bytes.data, bytes.len, word, strlen(word)) != NULL;
}

static int32_t say(const hongling_host *host, void *call, int32_t status, const char *words) {
    hongling_bytes bytes = {(const uint8_t *)words, strlen(words)};
    host->output(call, bytes);
    return status;
}

static int32_t desk_open(hongling_bytes opening, const hongling_host *host, void *call, void **instance) {
    if (breaks == WILL_NOT_OPEN) return say(host, call, HONGLING_REFUSED, "[{\"text\":{\"zh\":\"不开\",\"en\":\"no\"}}]");
    if (breaks == HANGS) for (;;) sched_yield();
    (void)opening;
    struct desk *desk = calloc(1, sizeof *desk);
    if (breaks == SHARES_AN_INSTANCE) shared = desk;
    *instance = desk;
    return HONGLING_OK;
}

static void ignore(void *at, hongling_bytes bytes) { *(size_t *)at += bytes.len; }

static int32_t units(struct desk *desk, const hongling_host *host, void *call) {
    hongling_bytes question = {(const uint8_t *)"\"units\"", 7};
    size_t len = 0;
    int32_t status = host->ask(call, question, &len, ignore);
    if (status != HONGLING_OK) {
        if (breaks == DIES_WITH_THE_HOST) abort();
        if (breaks == BEARS_A_GRUDGE) desk->grudge = 1;
        return say(host, call, HONGLING_FAILED, "cannot tell the units");
    }
    if (breaks == LEAVES) exit(0);
    if (breaks == DRAWS_CROOKEDLY)
        return say(host, call, HONGLING_OK, "{\"table\":{\"title\":{\"zh\":\"\",\"en\":\"\"},\"columns\":[],\"rows\":[[\"empty\"]]}}");
    return say(host, call, HONGLING_OK, desk->grudge ? "{\"facts\":[]}" : "{\"tiles\":[]}");
}

static int32_t step(struct desk *desk, hongling_bytes request, const hongling_host *host, void *call) {
    char words[96];
    const char *topic = "noted";
    if (breaks == READS_PAST_THE_TABLE && host->outside == NULL) return HONGLING_FAILED;
    if (breaks == WRITES_WHAT_IS_LENT) ((uint8_t *)request.data)[0] = '[';
    if (breaks == KEEPS_WHAT_IS_LENT && desk->kept != NULL && desk->kept[0] != '{') topic = "other";
    desk->kept = request.data;
    if (breaks == KEEPS_MEMORY) memset(last = malloc(600), 1, 600);
    /* Hardly any other may be opened where it is tried. */
    Dl_info own;
    if (breaks == KEEPS_A_FILE && dladdr(buffer, &own)) (void)!open(own.dli_fname, O_RDONLY);
    if (breaks == ANSWERS_TWICE) say(host, call, HONGLING_OK, "[]");
    if (breaks == ANSWERS_NOTHING) return HONGLING_OK;
    if (breaks == ANSWERS_LATIN) return say(host, call, HONGLING_OK, "[\"caf\xe9\"]");
    if (breaks == ANSWERS_NO_EFFECT) return say(host, call, HONGLING_OK, "[{\"explode\":{}}]");
    if (breaks == MINDS_MORE && has(request, "zz-later")) return say(host, call, HONGLING_FAILED, "a field too many");
    if (breaks == GOSSIPS) topic = "gossip";
    if (breaks == PANICS) return say(host, call, HONGLING_PANICKED, "index out of bounds");
    if (breaks == ANSWERS_LATE) {
        if (late_host != NULL) late_host->output(late_call, request);
        late_host = host, late_call = call;
    }
    if (breaks == SHARES_AN_INSTANCE) desk = shared;
    desk->calls++;
    if (breaks == READS_A_FILE && open("/etc/passwd", O_RDONLY) < 0) return say(host, call, HONGLING_FAILED, "not permitted");
    int number = breaks == COUNTS ? desk->calls : breaks == KNOWS_ITS_PROCESS ? (int)getpid() : 7;
    snprintf(words, sizeof words, "[{\"say\":{\"topic\":\"%s\",\"data\":{\"number\":%d}}}]", topic, number);
    if (breaks == SHARES_A_BUFFER) {
        /* Each matter its own number, and the number in a buffer that all share. */
        snprintf(buffer, sizeof buffer, "%p", (void *)desk);
        for (int i = 0; i < 20; i++) sched_yield();
        char mine[64];
        snprintf(mine, sizeof mine, "%p", (void *)desk);
        if (strcmp(mine, buffer) != 0) return say(host, call, HONGLING_OK, "[]");
    }
    return say(host, call, HONGLING_OK, words);
}

static int32_t desk_call(void *instance, uint32_t verb, hongling_bytes request, const hongling_host *host, void *call) {
    if (verb == HONGLING_VIEW && breaks == LACKS_ITS_VIEW) return HONGLING_NOT_OFFERED;
    if (verb != HONGLING_HANDLE && verb != HONGLING_VIEW) {
        return breaks == KNOWS_EVERY_VERB ? say(host, call, HONGLING_OK, "[]") : HONGLING_NOT_OFFERED;
    }
    if (breaks == READS_NOTHING_AT_ALL && request.data[0] != '{') return say(host, call, HONGLING_FAILED, "no object");
    /* No reader of JSON, but enough to tell a request that was cut off or is none. */
    int whole = request.len != 0 && request.data[0] == '{' && request.data[request.len - 1] == '}';
    if (breaks != TAKES_RUBBISH && (!whole || !has(request, verb == HONGLING_VIEW ? "\"name\":\"units\"" : "\"name\":\"sorted\"")))
        return say(host, call, HONGLING_FAILED, "does not read");
    return verb == HONGLING_VIEW ? units(instance, host, call) : step(instance, request, host, call);
}

static void desk_close(void *instance) {
    if (breaks == SHARES_AN_INSTANCE) shared = NULL;
    free(instance);
}

HONGLING_EXPORT const hongling_plugin hongling_plugin_v1 = {
    .magic = HONGLING_MAGIC,
    .size = sizeof(hongling_plugin),
    .abi_minor = HONGLING_ABI_MINOR,
    .min_host_minor = 0,
    .flags = 0,
    .manifest = {(const uint8_t *)manifest, sizeof manifest},
    .open = desk_open,
    .call = desk_call,
    .close = desk_close,
};
