/* A desk in C for the tests of the border: does what its request names, well or badly. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "hongling.h"

#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef NAME
#define NAME "echo"
#endif
#ifndef MORE
#define MORE ""
#endif

#ifndef MANIFEST_BYTES
#define MANIFEST_BYTES
#endif
static const char manifest[MANIFEST_BYTES] HONGLING_SECTION =
    HONGLING_MARKER
    "name = \"" NAME "\"\nversion = \"" VERSION "\"\n" MORE "title = { zh = \"回声\", en = \"Echo\" }\n";

struct echo {
    char *opening;
    size_t opening_len;
    atomic_int calls;
};

/* The host and call of an earlier call, to misuse them later. */
static const hongling_host *late_host;
static void *late_call;

static int has(hongling_bytes bytes, const char *word) {
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= bytes.len; i++)
        if (memcmp(bytes.data + i, word, len) == 0) return 1;
    return 0;
}

static hongling_bytes text(const char *words) {
    hongling_bytes bytes = {(const uint8_t *)words, strlen(words)};
    return bytes;
}

static int32_t say(const hongling_host *host, void *call, int32_t status, const char *words) {
    host->output(call, text(words));
    return status;
}

static int32_t echo_open(hongling_bytes opening, const hongling_host *host, void *call, void **instance) {
    if (has(opening, "refuse")) return say(host, call, HONGLING_REFUSED, "[{\"text\":{\"zh\":\"不行\",\"en\":\"no such setting\"}}]");
    if (has(opening, "panic")) return say(host, call, HONGLING_PANICKED, "no desk today");
    struct echo *echo = calloc(1, sizeof *echo);
    echo->opening = malloc(opening.len);
    memcpy(echo->opening, opening.data, opening.len);
    echo->opening_len = opening.len;
    *instance = echo;
    return HONGLING_OK;
}

/* Collects an answer, and asks once more while it is at it. */
struct answer {
    char text[4096];
    size_t len;
    const hongling_host *host;
    void *call;
};

static void collect(void *at, hongling_bytes bytes) {
    struct answer *answer = at;
    size_t room = sizeof answer->text - answer->len, len = bytes.len < room ? bytes.len : room;
    memcpy(answer->text + answer->len, bytes.data, len);
    answer->len += len;
    if (answer->host) {
        const hongling_host *host = answer->host;
        answer->host = NULL;
        host->ask(answer->call, text("\"again\""), answer, collect);
    }
}

static int32_t ask(const hongling_host *host, void *call, hongling_bytes question, int again) {
    struct answer answer = {.host = again ? host : NULL, .call = call};
    int32_t status = host->ask(call, question, &answer, collect);
    hongling_bytes output = {(const uint8_t *)answer.text, answer.len};
    host->output(call, output);
    return status;
}

static int32_t run(const hongling_host *host, void *call, hongling_bytes errand) {
    struct answer answer = {.host = NULL};
    if (host->size < offsetof(hongling_host, outside) + sizeof host->outside) return HONGLING_FAILED;
    int32_t status = host->outside(call, errand, &answer, collect);
    hongling_bytes output = {(const uint8_t *)answer.text, answer.len};
    host->output(call, output);
    return status;
}

struct other {
    const hongling_host *host;
    void *call;
};

static int from_thread(void *at) {
    struct other *other = at;
    other->host->output(other->call, text("\"from another thread\""));
    return 0;
}

static int32_t echo_call(void *instance, uint32_t verb, hongling_bytes request, const hongling_host *host, void *call) {
    struct echo *echo = instance;
    char words[64];
    int calls = atomic_fetch_add(&echo->calls, 1) + 1;
    if (has(request, "run-ask")) return ask(host, call, text("\"units\""), 0);
    if (has(request, "run-latin")) return run(host, call, text("caf\xe9"));
    if (has(request, "run-panic")) return say(host, call, HONGLING_PANICKED, "index out of bounds");
    if (has(request, "run")) return run(host, call, request);
    if (verb != HONGLING_HANDLE) return HONGLING_NOT_OFFERED;
    if (has(request, "ask-twice")) return ask(host, call, text("\"units\""), 1);
    if (has(request, "ask-long")) {
        static uint8_t many[2000];
        hongling_bytes question = {many, sizeof many};
        return ask(host, call, question, 0);
    }
    if (has(request, "ask-latin")) return ask(host, call, text("caf\xe9"), 0);
    if (has(request, "ask-nothing")) return ask(host, call, text("\"nothing\""), 0);
    if (has(request, "ask")) return ask(host, call, text("{\"matter\":{\"id\":7}}"), 0);
    if (has(request, "refuse"))
        return say(host, call, HONGLING_REFUSED, "[{\"field\":\"place\",\"row\":2,\"text\":{\"zh\":\"没有\",\"en\":\"no such place\"}}]");
    if (has(request, "grumble")) return say(host, call, HONGLING_REFUSED, "[]");
    if (has(request, "mumble")) return say(host, call, HONGLING_REFUSED, "no");
    if (has(request, "fail")) return say(host, call, HONGLING_FAILED, "out of paper");
    if (has(request, "sulk")) return HONGLING_FAILED;
    if (has(request, "panic")) return say(host, call, HONGLING_PANICKED, "index out of bounds");
    if (has(request, "opening")) {
        hongling_bytes opening = {(const uint8_t *)echo->opening, echo->opening_len};
        host->output(call, opening);
        return HONGLING_OK;
    }
    if (has(request, "twice")) host->output(call, text("\"first\""));
    if (has(request, "silent")) return HONGLING_OK;
    if (has(request, "odd")) return say(host, call, 77, "\"?\"");
    if (has(request, "latin")) return say(host, call, HONGLING_OK, "\"caf\xe9\"");
    if (has(request, "nowhere")) {
        hongling_bytes nowhere = {NULL, 5};
        host->output(call, nowhere);
        return HONGLING_OK;
    }
    if (has(request, "long")) {
        static uint8_t many[2000];
        hongling_bytes output = {many, sizeof many};
        host->output(call, output);
        return HONGLING_OK;
    }
    if (has(request, "remember")) {
        late_host = host;
        late_call = call;
    }
    if (has(request, "late")) {
        struct answer answer = {.len = 0};
        late_host->output(late_call, text("\"late\""));
        late_host->output((void *)(uintptr_t)12345, text("\"forged\""));
        int32_t status = late_host->ask(late_call, text("\"units\""), &answer, collect);
        snprintf(words, sizeof words, "\"%d %.*s\"", (int)status, (int)answer.len, answer.text);
        return say(host, call, HONGLING_OK, words);
    }
    if (has(request, "thread")) {
        struct other other = {host, call};
        thrd_t thread;
        thrd_create(&thread, from_thread, &other);
        thrd_join(thread, NULL);
    }
    snprintf(words, sizeof words, "\"call %d\"", calls);
    return say(host, call, HONGLING_OK, words);
}

static void echo_close(void *instance) {
    struct echo *echo = instance;
    free(echo->opening);
    free(echo);
}

/* Defined nowhere: what a library that was linked carelessly needs. */
int32_t elsewhere(void *instance, uint32_t verb, hongling_bytes request, const hongling_host *host, void *call);

#ifndef MAGIC
#define MAGIC HONGLING_MAGIC
#endif
#ifndef SIZE
#define SIZE sizeof(hongling_plugin)
#endif
#ifndef MIN_HOST_MINOR
#define MIN_HOST_MINOR 0
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#ifndef CALL
#define CALL echo_call
#endif
#ifndef MANIFEST
#define MANIFEST {(const uint8_t *)manifest, sizeof manifest}
#endif
#ifndef ENTRY
#define ENTRY hongling_plugin_v1
#endif

HONGLING_EXPORT const hongling_plugin ENTRY = {
    .magic = MAGIC,
    .size = SIZE,
    .abi_minor = HONGLING_ABI_MINOR,
    .min_host_minor = MIN_HOST_MINOR,
    .flags = FLAGS,
    .manifest = MANIFEST,
    .open = echo_open,
    .call = CALL,
    .close = echo_close,
};
