/* lights 路灯台: a whole desk in C. It sends a crew to street lights that are out.
 *
 * It takes matters that another desk has sorted, marks each with the crew that goes, has a form with
 * which the crew reports, refuses a report that leaves lights out, says what was mended, and shows what
 * is still to be done. Copy it and change it; only libc is needed:
 *
 *     cc -shared -fPIC -O2 -I plugin-api/include -o liblights.so lights.c
 *     hongling plugin check liblights.so
 *
 * Four parts: the manifest; a reader of JSON; a writer of it; the desk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hongling.h"

/* ---- The manifest: all names, types, defaults and words. TOML's single quotes spare C's backslashes. */

static const char manifest[] HONGLING_SECTION = HONGLING_MARKER
    "name = 'lights'\n"
    "version = '0.1.0'\n"
    "title = { zh = '路灯台', en = 'Lights' }\n"

    "[[take]]\n"
    "topic = 'sorted'\n"

    "[[kind]]\n" /* another desk's kind: no prefix, our own stages */
    "name = 'request'\n"
    "stages = [{ name = 'dark', title = { zh = '待修', en = 'To be mended' }, entry = true }]\n"

    "[setting.crew]\n"
    "type = 'text'\n"
    "default = '一队'\n"
    "title = { zh = '派哪个队', en = 'Which crew goes' }\n"

    "[label.crew]\n"
    "type = 'text'\n"
    "title = { zh = '班组', en = 'Crew' }\n"

    "[[action]]\n"
    "name = 'mended'\n"
    "title = { zh = '修好', en = 'Mended' }\n"
    "on = 'request'\n"
    "who = ['community-worker']\n"
    "[action.fields]\n"
    "broken = { type = 'integer', required = true, min = 1, max = 999, title = { zh = '坏了几盏', en = 'Lights out' } }\n"
    "lit = { type = 'integer', required = true, min = 0, max = 999, title = { zh = '修好几盏', en = 'Lights mended' } }\n"

    "[[say]]\n"
    "topic = 'lit'\n"
    "title = { zh = '路灯修好', en = 'Lights mended' }\n"
    "log = true\n" /* a fact for the record: no route need take it */
    "after = ['mended']\n"
    "[say.data]\n"
    "lights = { type = 'integer', required = true, public = true, title = { zh = '盏数', en = 'Lights' } }\n"

    "[[view]]\n"
    "name = 'dark'\n"
    "title = { zh = '待修路灯', en = 'Lights to be mended' }\n"
    "who = ['community-worker']\n";

/* ---- Reading JSON: slices of what is lent, never copied. A slice without bytes is what is not there. */

#define DEPTH_MAX 64
typedef hongling_bytes slice;
static const slice nothing = {NULL, 0};

static const uint8_t *skip_blank(const uint8_t *at, const uint8_t *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
    return at;
}

/* The end of the value that begins here, or NULL if it is none, is cut off or too deep. */
static const uint8_t *skip_value(const uint8_t *at, const uint8_t *end, int depth) {
    if (at >= end || depth > DEPTH_MAX) return NULL;
    if (*at == '"') {
        for (at++; at < end && *at != '"'; at++)
            if (*at == '\\') at++;
        return at < end ? at + 1 : NULL;
    }
    if (*at == '{' || *at == '[') {
        int object = *at == '{';
        uint8_t close = object ? '}' : ']';
        at = skip_blank(at + 1, end);
        if (at < end && *at == close) return at + 1;
        for (;;) {
            if (object) {
                if (at >= end || *at != '"' || (at = skip_value(at, end, depth + 1)) == NULL) return NULL;
                at = skip_blank(at, end);
                if (at >= end || *at != ':') return NULL;
                at = skip_blank(at + 1, end);
            }
            if ((at = skip_value(at, end, depth + 1)) == NULL) return NULL;
            at = skip_blank(at, end);
            if (at >= end) return NULL;
            if (*at == close) return at + 1;
            if (*at != ',') return NULL;
            at = skip_blank(at + 1, end);
        }
    }
    const uint8_t *start = at; /* a number, true, false or null */
    while (at < end && *at != 0 && strchr("+-.0123456789Eaeflnrstu", *at) != NULL) at++;
    return at > start ? at : NULL;
}

/* The whole text as one value: what a request is. */
static slice whole(slice text) {
    const uint8_t *end = text.data + text.len, *at = text.len ? skip_blank(text.data, end) : NULL;
    const uint8_t *last = at ? skip_value(at, end, 0) : NULL;
    return last && skip_blank(last, end) == end ? (slice){at, (size_t)(last - at)} : nothing;
}

static int is_text(slice value, const char *words) {
    size_t len = strlen(words);
    return value.len == len + 2 && value.data[0] == '"' && memcmp(value.data + 1, words, len) == 0;
}

/* A member of an object. */
static slice member(slice object, const char *name) {
    if (object.len == 0 || object.data[0] != '{') return nothing;
    const uint8_t *end = object.data + object.len, *at = skip_blank(object.data + 1, end);
    while (at < end && *at == '"') { /* `whole` has seen that it is sound */
        const uint8_t *stop = skip_value(at, end, 0);
        slice key = {at, (size_t)(stop - at)};
        at = skip_blank(skip_blank(stop, end) + 1, end);
        stop = skip_value(at, end, 0);
        if (is_text(key, name)) return (slice){at, (size_t)(stop - at)};
        at = skip_blank(stop, end);
        at = skip_blank(at + 1, end); /* the comma, or the end */
    }
    return nothing;
}

/* The element of a list after this one; the first after `nothing`. */
static slice next(slice list, slice before) {
    if (list.len == 0 || list.data[0] != '[') return nothing;
    const uint8_t *end = list.data + list.len;
    const uint8_t *at = before.len ? skip_blank(before.data + before.len, end) + 1 : list.data + 1;
    at = skip_blank(at, end);
    const uint8_t *stop = at < end && *at != ']' ? skip_value(at, end, 0) : NULL;
    return stop ? (slice){at, (size_t)(stop - at)} : nothing;
}

/* A whole number; the host has checked that a form has one, and a host of another mind may send what it likes. */
static int number(slice value, long *n) {
    char digits[24];
    if (value.len == 0 || value.len >= sizeof digits) return 0;
    memcpy(digits, value.data, value.len);
    digits[value.len] = 0;
    char *stop;
    *n = strtol(digits, &stop, 10);
    return *stop == 0;
}

/* ---- Writing it. */

struct text {
    char *bytes;
    size_t len, room;
    int is_short; /* there was no memory for all of it */
};

static void add_slice(struct text *text, slice more) {
    if (text->is_short || more.len == 0) return;
    if (text->room - text->len < more.len) {
        size_t room = 2 * text->room + more.len;
        char *bytes = realloc(text->bytes, room);
        if (bytes == NULL) {
            text->is_short = 1;
            return;
        }
        text->bytes = bytes, text->room = room;
    }
    memcpy(text->bytes + text->len, more.data, more.len);
    text->len += more.len;
}

static void add(struct text *text, const char *more) {
    add_slice(text, (slice){(const uint8_t *)more, strlen(more)});
}

/* Each call hands over one output: here or in `end`, and nowhere twice. */
static int32_t say(const hongling_host *host, void *call, int32_t status, const char *words) {
    host->output(call, (slice){(const uint8_t *)words, strlen(words)});
    return status;
}

static int32_t end(const hongling_host *host, void *call, int32_t status, struct text *text) {
    if (text->is_short)
        status = say(host, call, HONGLING_FAILED, "out of memory");
    else
        host->output(call, (slice){(const uint8_t *)text->bytes, text->len});
    free(text->bytes);
    return status;
}

/* ---- The desk: what it is opened with, and nothing that changes from call to call. */

struct lights {
    size_t crew_len;
    uint8_t crew[]; /* as JSON, with its quotes */
};

static int32_t lights_open(hongling_bytes opening, const hongling_host *host, void *call, void **instance) {
    slice crew = member(member(whole(opening), "settings"), "crew");
    if (crew.len == 0) return say(host, call, HONGLING_FAILED, "settings do not parse: there is no crew");
    struct lights *lights = malloc(sizeof *lights + crew.len);
    if (lights == NULL) return say(host, call, HONGLING_FAILED, "out of memory");
    lights->crew_len = crew.len;
    memcpy(lights->crew, crew.data, crew.len);
    *instance = lights;
    return HONGLING_OK;
}

/* A matter arrives, or a watch tells of one that lies elsewhere: only what lies here is ours to label. */
static int32_t sorted(const struct lights *lights, slice step, const hongling_host *host, void *call) {
    slice lies_on = member(member(step, "matter"), "desk"), here = member(step, "desk");
    struct text effects = {0};
    if (here.len == 0 || lies_on.len != here.len || memcmp(lies_on.data, here.data, here.len) != 0) {
        add(&effects, "[]");
        return end(host, call, HONGLING_OK, &effects);
    }
    add(&effects, "[{\"set\":{\"change\":{\"label\":[\"crew\",");
    add_slice(&effects, (slice){lights->crew, lights->crew_len});
    add(&effects, "]}}}]");
    return end(host, call, HONGLING_OK, &effects);
}

static int32_t mended(slice data, const hongling_host *host, void *call) {
    long broken, lit;
    char words[400];
    if (!number(member(data, "broken"), &broken) || !number(member(data, "lit"), &lit))
        return say(host, call, HONGLING_FAILED, "the input does not fit this desk: numbers of lights");
    if (lit < broken) {
        /* The person is told at the field, may mend the form, and nothing has changed. */
        snprintf(words, sizeof words,
                 "[{\"field\":\"lit\",\"text\":{\"zh\":\"还有 %ld 盏没有修好，修完再报\","
                 "\"en\":\"%ld are still out; report when all are mended\"}}]",
                 broken - lit, broken - lit);
        return say(host, call, HONGLING_REFUSED, words);
    }
    snprintf(words, sizeof words,
             "[{\"say\":{\"topic\":\"lit\",\"data\":{\"lights\":%ld}}},{\"close\":{\"outcome\":\"mended\"}}]", lit);
    return say(host, call, HONGLING_OK, words);
}

static int32_t handle(const struct lights *lights, slice request, const hongling_host *host, void *call) {
    slice input = member(request, "input"), name = member(input, "name");
    if (is_text(name, "sorted")) return sorted(lights, member(request, "step"), host, call);
    if (is_text(name, "mended")) return mended(member(input, "data"), host, call);
    return say(host, call, HONGLING_FAILED, "the input does not fit this desk: unknown name");
}

/* Where the host's answer goes. */
static void collect(void *sink_at, hongling_bytes bytes) { add_slice(sink_at, bytes); }

static int32_t view(slice request, const hongling_host *host, void *call) {
    static const char question[] = "{\"matters\":{\"filter\":{\"desk\":\"self\",\"status\":\"open\"}}}";
    if (!is_text(member(request, "name"), "dark")) return say(host, call, HONGLING_FAILED, "this view is not offered");
    struct text answer = {0}, table = {0};
    int32_t status = host->ask(call, (slice){(const uint8_t *)question, sizeof question - 1}, &answer, collect);
    /* A fault of the host is handed on as the desk's own. */
    if (status != HONGLING_OK) return end(host, call, HONGLING_FAILED, &answer);
    slice matters = whole((slice){(const uint8_t *)answer.bytes, answer.len});
    int is_list = matters.len && matters.data[0] == '[', is_first = 1;
    add(&table, "{\"table\":{\"title\":{\"zh\":\"待修路灯\",\"en\":\"Lights to be mended\"},\"columns\":["
                "{\"name\":\"number\",\"title\":{\"zh\":\"编号\",\"en\":\"Number\"}},"
                "{\"name\":\"title\",\"title\":{\"zh\":\"事项\",\"en\":\"Matter\"}},"
                "{\"name\":\"crew\",\"title\":{\"zh\":\"班组\",\"en\":\"Crew\"}}],\"rows\":[");
    for (slice one = next(matters, nothing); is_list && one.len; one = next(matters, one)) {
        slice cells[] = {member(one, "number"), member(one, "title"), member(member(one, "labels"), "crew")};
        if (cells[0].len == 0 || cells[1].len == 0) {
            is_list = 0;
            break;
        }
        add(&table, is_first ? "[{\"matter\":" : ",[{\"matter\":");
        is_first = 0;
        add_slice(&table, cells[0]); /* still JSON, as the host wrote it */
        add(&table, "},{\"text\":");
        add_slice(&table, cells[1]);
        add(&table, cells[2].len ? "},{\"text\":" : "},\"empty\"]");
        add_slice(&table, cells[2]);
        if (cells[2].len) add(&table, "}]");
    }
    free(answer.bytes);
    add(&table, "]}}");
    if (is_list) return end(host, call, HONGLING_OK, &table);
    free(table.bytes);
    return say(host, call, HONGLING_FAILED, "unreadable answer from the host");
}

static int32_t lights_call(void *instance, uint32_t verb, hongling_bytes request, const hongling_host *host, void *call) {
    if (verb != HONGLING_HANDLE && verb != HONGLING_VIEW) return HONGLING_NOT_OFFERED;
    slice read = whole(request);
    if (read.len == 0) return say(host, call, HONGLING_FAILED, "the request is no JSON");
    return verb == HONGLING_VIEW ? view(read, host, call) : handle(instance, read, host, call);
}

static void lights_close(void *instance) { free(instance); }

HONGLING_EXPORT const hongling_plugin hongling_plugin_v1 = {
    .magic = HONGLING_MAGIC,
    .size = sizeof(hongling_plugin),
    .abi_minor = HONGLING_ABI_MINOR,
    .min_host_minor = 0, /* it asks nothing of a host that the first version has not */
    .manifest = {(const uint8_t *)manifest, sizeof manifest},
    .open = lights_open,
    .call = lights_call,
    .close = lights_close,
};
