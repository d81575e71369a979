/* hongling.h: ABI version 1 between the Hongling host and a desk, for C and what speaks C.
 *
 * A desk is a shared library `lib<name>.so` ('-' in the name is '_' in the file) with
 *   1. a link section ".hongling": HONGLING_MARKER and the text of plugin.toml, and
 *   2. one exported symbol, `hongling_plugin_v1`, a hongling_plugin.
 * The host reads the section from the file's bytes and runs nothing until the library is trusted.
 *
 * Always holds: no allocation crosses the border. What either side is given is lent for that call
 * and copied by whoever wants to keep it. No exception, panic or longjmp crosses it either: catch
 * them inside and answer HONGLING_PANICKED. Tables begin with their size and only ever grow at the
 * end; read a field only if `size` covers it. A change of layout is a new symbol.
 *
 * A library may need (DT_NEEDED) only libc, libm, libgcc_s, libpthread, libdl, librt and the dynamic
 * linker, and has no RPATH. A whole desk to copy is tests/lights/lights.c; try
 *     cc -shared -fPIC -O2 -I plugin-api/include -o liblights.so tests/lights/lights.c
 *     hongling plugin check liblights.so
 */
#ifndef HONGLING_H
#define HONGLING_H

#include <stddef.h>
#include <stdint.h>

#define HONGLING_MAGIC UINT64_C(0x484F4E474C494E47) /* "HONGLING" */
#define HONGLING_ABI_MINOR UINT32_C(1)

/* Sixteen bytes, the last of them 0; one more 0 behind plugin.toml (the end of a C string) is allowed. */
#define HONGLING_MARKER "hongling.plugin\0"
/* static const char manifest[] HONGLING_SECTION = HONGLING_MARKER "name = \"echo\"\n..."; */
#define HONGLING_SECTION __attribute__((section(".hongling"), used))
#define HONGLING_EXPORT __attribute__((visibility("default")))

/* Flags of hongling_plugin. */
#define HONGLING_FLAG_PANIC_ABORT UINT64_C(1) /* a panic in here ends the process */

/* Verbs of `call`. Answer HONGLING_NOT_OFFERED to those you do not know. */
#define HONGLING_HANDLE UINT32_C(1)  /* {"input":…,"step":{"now":…,"today":"2026-03-02",…}} -> [effect, …] */
#define HONGLING_VIEW UINT32_C(2)    /* a view request -> a view */
#define HONGLING_WORK UINT32_C(3)    /* a job -> what it comes to, any JSON; only reads */
#define HONGLING_DELIVER UINT32_C(4) /* a notice -> {"id"?: what the outside calls it}; since minor 1 */

/* Statuses. Unknown ones are taken for HONGLING_FAILED. */
#define HONGLING_OK INT32_C(0)          /* output: the answer, JSON */
#define HONGLING_REFUSED INT32_C(1)     /* output: [{"field"?, "row"?, "text":{"zh","en"}}, …], never empty */
#define HONGLING_FAILED INT32_C(2)      /* output: a text for the operator, no resident's words */
#define HONGLING_NOT_OFFERED INT32_C(3) /* no output */
#define HONGLING_PANICKED INT32_C(4)    /* output: a text; the host closes this instance and opens another */

/* Bytes lent for the length of one call; all text is UTF-8. `data` may be NULL only if `len` is 0. */
typedef struct hongling_bytes {
    const uint8_t *data;
    size_t len;
} hongling_bytes;

/* Takes bytes, copying them. */
typedef void (*hongling_sink)(void *sink_at, hongling_bytes bytes);

/* What the host offers. Valid during the call it was given to, on the thread of that call, and only
 * with that call's `call`: an output from elsewhere is ignored, a question answered HONGLING_FAILED. */
typedef struct hongling_host {
    size_t size; /* bytes of this table */
    /* Takes the output of the call, copying it: once; a second one is ignored. At most 1 MiB. */
    void (*output)(void *call, hongling_bytes output);
    /* Answers a question (JSON, e.g. {"matter":{"id":"…"}} or "units"), at most 1 MiB: before it
     * returns it passes `sink`, which may not be NULL, the answer once. HONGLING_OK: JSON; else
     * HONGLING_FAILED: a text for the operator, to be handed on as the desk's own. */
    int32_t (*ask)(void *call, hongling_bytes question, void *sink_at, hongling_sink sink);
    /* Since minor 1, read it only if `size` covers it; only in a call of HONGLING_DELIVER. Runs an errand
     * outside ({"http":…}, {"mail":…}, {"file":…}, {"secret":{"name":…}}) and passes `sink` what came of
     * it, once: HONGLING_OK: JSON; HONGLING_REFUSED: objections, trying again is no use;
     * HONGLING_FAILED: a text for the operator. */
    int32_t (*outside)(void *call, hongling_bytes errand, void *sink_at, hongling_sink sink);
} hongling_host;

/* The exported table: static and never changed, as everything it points to. */
typedef struct hongling_plugin {
    uint64_t magic;          /* HONGLING_MAGIC */
    size_t size;             /* sizeof(hongling_plugin) */
    uint32_t abi_minor;      /* HONGLING_ABI_MINOR */
    uint32_t min_host_minor; /* least minor version of a host that may load this */
    uint64_t flags;
    hongling_bytes manifest; /* the bytes of the section, marker included */

    /* Makes an instance from {"settings":…,"district":{"zone":"Asia/Shanghai","lists":…}} and stores
     * it at `instance`; settings are checked and filled with the defaults of plugin.toml. The
     * instance is opaque to the host and may be NULL. Unless it answers HONGLING_OK nothing is kept and `close` is not called. */
    int32_t (*open)(hongling_bytes opening, const hongling_host *host, void *call, void **instance);

    /* Calls an instance. Any thread, views and jobs beside other calls; a step never beside a step of
     * the same instance. The same arguments and answers give the same output: no clock, file,
     * socket, thread or memory of one's own. */
    int32_t (*call)(void *instance, uint32_t verb, hongling_bytes request, const hongling_host *host, void *call);

    /* Ends an instance, also one that panicked; called once, when no call of it runs. */
    void (*close)(void *instance);
} hongling_plugin;

#ifdef __cplusplus
extern "C"
#else
extern
#endif
HONGLING_EXPORT const hongling_plugin hongling_plugin_v1;

#endif
