/*
 * Faults under a process, loaded before it with LD_PRELOAD: what it writes below one folder is counted,
 * and at one operation it is killed, told that the disk is full or broken, or its power is cut.
 *
 * Knows paths and bytes, nothing of what they mean. Always holds: without FAULTS_DO it only counts; an
 * operation that is made to fail has touched nothing (but for `short`, which is what full disks do).
 *
 * By environment:
 *   FAULTS_DIR     the folder, as a real path; needed, else nothing is looked at
 *   FAULTS_REPORT  a file outside of it: a line for each operation, `7 fsync hongling.db-wal`, and at
 *                  the fault a line `fault`
 *   FAULTS_AT      the operation at which it happens, from 1
 *   FAULTS_DO      kill        the process dies before the operation
 *                  torn        it dies in the middle of a write
 *                  enospc, eio the operation fails once
 *                  enospc-on, eio-on   it and all after it fail; a full disk first takes half a write,
 *                              and still takes what needs no room: flushes, names taken away, overwriting
 *                  eio-fsync   from this flush on all flushes fail, nothing else does
 *                  lie         the first write from here on says that all was written, and writes nothing: what
 *                              a host does that takes no notice of a write that failed
 *                  power       the power is cut before it, or after the end if it is never reached: whatever
 *                              was not flushed is taken back
 *                  power-some  of what was not flushed some sectors, names and lengths are taken back, as a disk
 *                              that writes in its own order leaves it; FAULTS_SEED says which
 *
 *   FAULTS_WHILE   a file: as long as it is there the disk is full, whatever FAULTS_DO says; a process can
 *                  make it and take it away itself
 *
 *   FAULTS_LOST    a file: a flush that fails here leaves word in it of what the kernel now shows and the disk
 *                  does not have; a later process, which reads what is shown, loses it when the power is
 *                  cut, unless it has written it once more and flushed that
 *
 * Operations: open with O_CREAT, write, writev, pwrite, ftruncate, fsync, fdatasync, rename, unlink.
 *
 * What a power cut takes back. Of every write the bytes that stood there before are kept until the file is
 * flushed; names made, changed and taken away are kept until their folder is flushed. `-shm` is not data:
 * SQLite builds it anew from the log whenever nobody has it open, and writes it mostly through a
 * mapping, which is not seen here; so it is counted and may fail, but nothing of it is taken back.
 * The same holds of `running`, which is mapped, and is to outlive the process and not the power.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 4096
#define SECTOR 512

enum what { NOTHING, KILL, TORN, ENOSPC_ONCE, ENOSPC_ON, EIO_ONCE, EIO_ON, EIO_FSYNC, POWER, POWER_SOME, LIE };
enum kind { OPEN, WRITE, TRUNCATE, FLUSH, RENAME, UNLINK };
static const char *const NAMES[] = {"open", "write", "truncate", "fsync", "rename", "unlink"};

/* Something done that the disk does not have yet. */
struct undo {
    enum kind kind; /* OPEN: made; WRITE and TRUNCATE: bytes and length as they were */
    dev_t dev;
    ino_t ino; /* of the file; of the folder for names */
    int fd;    /* of the file, never closed: closing would drop the process's locks on it */
    off_t at, length_before;
    size_t bytes, written; /* that stood there before; that stand there now */
    char *before;
    char *path, *saved; /* for names: the name, and a second one of what it named */
    struct undo *older;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char dir[PATH_MAX];
static size_t dir_length;
static int report = -1;
static enum what what;
static long at, count, seed;
static int is_short_done, is_lie_told, saved_names;
static const char *full_while;
static struct undo *newest;
static struct { dev_t dev; ino_t ino; int fd; } files[FILES_MAX];
static int files_count;
/* What the kernel shows and the disk does not have, from a process before. */
static struct { char *path; off_t at; size_t bytes; enum { GONE, REWRITTEN, DURABLE } is; } lost[FILES_MAX];
static int lost_count;
static const char *lost_file;

static void say(const char *format, ...) {
    char line[PATH_MAX + 64];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (0 <= report) syscall(SYS_write, report, line, (size_t)length);
}

static void die(const char *why) {
    say("broken: %s: %s\n", why, strerror(errno));
    syscall(SYS_kill, getpid(), SIGABRT);
}

static void read_lost(const char *from) {
    char path[PATH_MAX];
    long at_byte;
    size_t bytes;
    lost_file = from;
    FILE *lines = from ? fopen(from, "r") : NULL;
    while (lines && fscanf(lines, "%ld %zu %4095[^\n]", &at_byte, &bytes, path) == 3) {
        if (lost_count == FILES_MAX) die("too much is lost");
        lost[lost_count].path = strdup(path);
        lost[lost_count].at = at_byte;
        lost[lost_count++].bytes = bytes;
    }
    if (lines) fclose(lines);
}

__attribute__((constructor)) static void begin(void) {
    static const char *const words[] = {"", "kill", "torn", "enospc", "enospc-on", "eio", "eio-on", "eio-fsync",
                                        "power", "power-some", "lie"};
    const char *given = getenv("FAULTS_DIR"), *to = getenv("FAULTS_REPORT"), *how = getenv("FAULTS_DO");
    if (!given || !to) return;
    report = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (getenv("FAULTS_AT")) at = atol(getenv("FAULTS_AT"));
    if (getenv("FAULTS_SEED")) seed = atol(getenv("FAULTS_SEED"));
    for (size_t i = 0; how && i < sizeof words / sizeof *words; i++)
        if (!strcmp(how, words[i])) what = (enum what)i;
    if (how && *how && what == NOTHING) die("FAULTS_DO");
    read_lost(getenv("FAULTS_LOST"));
    full_while = getenv("FAULTS_WHILE");
    snprintf(dir, sizeof dir, "%s/", given);
    dir_length = strlen(dir);
}

/* ---- which file ---------------------------------------------------------------------------------------- */

static int is_below(const char *path) { return dir_length && !strncmp(path, dir, dir_length); }

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

/* The real path of a name that may not be there yet. */
static int path_at(int folder, const char *name, char *path) {
    char whole[PATH_MAX * 2], parent[PATH_MAX * 2];
    if (!dir_length) return 0;
    if (name[0] == '/' || folder == AT_FDCWD) {
        snprintf(whole, sizeof whole, "%s", name);
    } else {
        char link[64], of[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, of, sizeof of - 1);
        if (length < 0) return 0;
        of[length] = 0;
        snprintf(whole, sizeof whole, "%s/%s", of, name);
    }
    snprintf(parent, sizeof parent, "%s", whole);
    char *slash = strrchr(parent, '/');
    const char *base = slash ? strrchr(whole, '/') + 1 : whole;
    if (slash == parent) slash[1] = 0;
    else if (slash) *slash = 0;
    char real[PATH_MAX];
    if (!realpath(slash ? parent : ".", real)) return 0;
    if (snprintf(path, PATH_MAX, "%s/%s", real, base) >= PATH_MAX) return 0;
    return is_below(path);
}

static int ends_with(const char *path, const char *end) {
    size_t length = strlen(path), of_end = strlen(end);
    return of_end <= length && !strcmp(path + length - of_end, end);
}

/* Whether it is of use after a power cut. */
static int is_data(const char *path) { return !ends_with(path, "-shm") && !ends_with(path, "/running"); }

/* ---- what was not flushed ------------------------------------------------------------------------------ */

static int kept_fd(dev_t dev, ino_t ino, int fd) {
    for (int i = 0; i < files_count; i++)
        if (files[i].dev == dev && files[i].ino == ino) return files[i].fd;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int own = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDWR | O_CLOEXEC, 0);
    if (own < 0) die("open again");
    if (files_count == FILES_MAX) die("too many files");
    files[files_count].dev = dev;
    files[files_count].ino = ino;
    files[files_count++].fd = own;
    return own;
}

static struct undo *push(enum kind kind, dev_t dev, ino_t ino) {
    struct undo *undo = calloc(1, sizeof *undo);
    if (!undo) die("memory");
    undo->kind = kind;
    undo->dev = dev;
    undo->ino = ino;
    undo->fd = -1;
    undo->older = newest;
    newest = undo;
    return undo;
}

static int is_kept(void) { return what == POWER || what == POWER_SOME || (what == EIO_FSYNC && lost_file); }

/* Keeps what a write or a cut will overwrite. */
static void keep_bytes(int fd, const char *path, off_t from, size_t bytes, enum kind kind) {
    struct stat now;
    if (!is_kept() || !is_data(path) || fstat(fd, &now) || !S_ISREG(now.st_mode)) return;
    int own = kept_fd(now.st_dev, now.st_ino, fd);
    struct undo *undo = push(kind, now.st_dev, now.st_ino);
    undo->fd = own;
    undo->at = from;
    undo->written = bytes;
    undo->length_before = now.st_size;
    off_t end = from + (off_t)bytes < now.st_size ? from + (off_t)bytes : now.st_size;
    undo->bytes = from < end ? (size_t)(end - from) : 0;
    undo->before = malloc(undo->bytes + 1);
    if (!undo->before) die("memory");
    if (syscall(SYS_pread64, own, undo->before, undo->bytes, from) != (long)undo->bytes) die("read before");
}

/* Keeps that a name is made, or what it names before it is taken away or given to another file. */
static void keep_name(const char *path, enum kind kind) {
    char parent[PATH_MAX];
    struct stat folder, named;
    if (!is_kept() || !is_data(path)) return;
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = 0;
    if (stat(parent, &folder)) die("folder");
    struct undo *undo = push(kind, folder.st_dev, folder.st_ino);
    undo->path = strdup(path);
    if (kind == OPEN || lstat(path, &named) || !S_ISREG(named.st_mode)) return;
    char saved[PATH_MAX];
    snprintf(saved, sizeof saved, "%.*s.saved-%d-%d", (int)dir_length - 1, dir, getpid(), saved_names++);
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, saved, 0)) die("second name");
    undo->saved = strdup(saved);
}

static void drop(struct undo *undo) {
    if (undo->saved) syscall(SYS_unlinkat, AT_FDCWD, undo->saved, 0);
    free(undo->before);
    free(undo->path);
    free(undo->saved);
    free(undo);
}

/* A flush that failed: the kernel holds what it could not write for written. */
static void note_lost(int fd, const char *path) {
    struct stat now;
    if (!is_kept() || !lost_file || fstat(fd, &now)) return;
    FILE *lines = fopen(lost_file, "a");
    for (struct undo *undo = newest; lines && undo; undo = undo->older)
        if (undo->kind == WRITE && undo->dev == now.st_dev && undo->ino == now.st_ino)
            fprintf(lines, "%ld %zu %s\n", (long)undo->at, undo->written, path);
    if (lines) fclose(lines);
}

static void lost_turns(const char *path, int from, int to, off_t start, off_t end) {
    for (int i = 0; i < lost_count; i++)
        if ((int)lost[i].is == from && !strcmp(lost[i].path, path) && start <= lost[i].at
            && lost[i].at + (off_t)lost[i].bytes <= end)
            lost[i].is = to;
}

static void lose(void) {
    for (int i = 0; i < lost_count; i++) {
        static const char zeros[1 << 16];
        struct stat now;
        int fd = lost[i].is == DURABLE ? -1 : (int)syscall(SYS_openat, AT_FDCWD, lost[i].path, O_WRONLY | O_CLOEXEC, 0);
        if (fd < 0 || fstat(fd, &now)) continue;
        off_t end = lost[i].at + (off_t)lost[i].bytes < now.st_size ? lost[i].at + (off_t)lost[i].bytes : now.st_size;
        if (lost[i].at < end) syscall(SYS_pwrite64, fd, zeros, (size_t)(end - lost[i].at), lost[i].at);
    }
}

/* A flush: what was done to this file, or to names in this folder, is on the disk. */
static void flushed(int fd) {
    struct stat now;
    if (!is_kept() || fstat(fd, &now)) return;
    int is_folder = S_ISDIR(now.st_mode);
    for (struct undo **place = &newest; *place;) {
        struct undo *undo = *place;
        int is_name = undo->path != NULL;
        if (is_name == is_folder && undo->dev == now.st_dev && undo->ino == now.st_ino) {
            *place = undo->older;
            drop(undo);
        } else {
            place = &undo->older;
        }
    }
}

/* Whether a part of what was not flushed reached the disk all the same: the same for the same part. */
static int reached(uint64_t file, uint64_t part) {
    if (what != POWER_SOME) return 0;
    uint64_t hash = (uint64_t)seed * 0x9E3779B97F4A7C15u ^ file * 0xBF58476D1CE4E5B9u ^ part * 0x94D049BB133111EBu;
    hash ^= hash >> 31;
    hash *= 0xBF58476D1CE4E5B9u;
    return (int)(hash >> 40 & 1);
}

static void take_back_bytes(struct undo *undo) {
    for (size_t from = 0; from < undo->bytes;) {
        off_t sector = (undo->at + (off_t)from) / SECTOR;
        size_t end = (size_t)((sector + 1) * SECTOR - undo->at);
        if (undo->bytes < end) end = undo->bytes;
        if (!reached(undo->ino, (uint64_t)sector))
            syscall(SYS_pwrite64, undo->fd, undo->before + from, end - from, undo->at + (off_t)from);
        from = end;
    }
    /* A length that reached the disk before the bytes leaves zeros. */
    struct stat now;
    if (fstat(undo->fd, &now) || now.st_size == undo->length_before) return;
    off_t length = now.st_size;
    int stays = reached(undo->ino, UINT64_MAX);
    if (!stays) syscall(SYS_ftruncate, undo->fd, undo->length_before);
    else if (undo->length_before < length) {
        static const char zeros[SECTOR];
        for (off_t from = undo->length_before; from < length;) {
            off_t sector = from / SECTOR, end = (sector + 1) * SECTOR < length ? (sector + 1) * SECTOR : length;
            if (!reached(undo->ino, (uint64_t)sector)) syscall(SYS_pwrite64, undo->fd, zeros, (size_t)(end - from), from);
            from = end;
        }
    }
}

static void take_back_name(struct undo *undo, uint64_t part) {
    if (reached(undo->ino, part)) return;
    syscall(SYS_unlinkat, AT_FDCWD, undo->path, 0);
    if (undo->saved) syscall(SYS_linkat, AT_FDCWD, undo->saved, AT_FDCWD, undo->path, 0);
}

static void cut_power(void) {
    uint64_t part = 0;
    for (struct undo *undo = newest; undo; undo = undo->older, part++) {
        if (undo->path) take_back_name(undo, part);
        else take_back_bytes(undo);
    }
    lose();
    for (struct undo *undo = newest; undo; undo = undo->older)
        if (undo->saved) syscall(SYS_unlinkat, AT_FDCWD, undo->saved, 0);
}

/* A power cut that comes only after the last operation. */
__attribute__((destructor)) static void end(void) {
    if ((what == POWER || what == POWER_SOME) && count < at) cut_power();
    for (struct undo *undo = newest; undo; undo = undo->older)
        if (undo->saved) syscall(SYS_unlinkat, AT_FDCWD, undo->saved, 0);
}

/* ---- the faults ---------------------------------------------------------------------------------------- */

static void kill_now(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* Whether an operation needs room on the disk. */
static int needs_room(enum kind kind, const char *path, int fd, off_t end) {
    struct stat now;
    if (kind == OPEN) return lstat(path, &now) != 0;
    if (kind == WRITE) return fstat(fd, &now) || now.st_size < end;
    return 0;
}

/*
 * One operation, with the lock held. 0: it goes on; an errno: it fails; -1: the write is cut in half; -2: it is
 * not made and said to be. `end` is where a write would end.
 */
static int strike(enum kind kind, const char *path, int fd, off_t end, size_t bytes) {
    count++;
    say("%ld %s %s\n", count, NAMES[kind], path + dir_length);
    if (full_while && !syscall(SYS_faccessat, AT_FDCWD, full_while, F_OK) && needs_room(kind, path, fd, end)) {
        say("fault\n");
        return ENOSPC;
    }
    if (what == NOTHING || count < at || at == 0) return 0;
    int is_first = count == at;
    switch (what) {
    case KILL:
    case TORN:
        if (!is_first) return 0;
        say("fault\n");
        if (what == TORN && kind == WRITE && 1 < bytes) return -1;
        kill_now();
        return 0;
    case POWER:
    case POWER_SOME:
        if (!is_first) return 0;
        cut_power();
        say("fault\n");
        kill_now();
        return 0;
    case ENOSPC_ONCE:
    case EIO_ONCE:
        if (!is_first) return 0;
        say("fault\n");
        return what == EIO_ONCE ? EIO : ENOSPC;
    case ENOSPC_ON:
        if (!needs_room(kind, path, fd, end)) return 0;
        say("fault\n");
        if (kind == WRITE && !is_short_done && SECTOR < bytes) {
            is_short_done = 1;
            return -1;
        }
        return ENOSPC;
    case EIO_ON:
        say("fault\n");
        return EIO;
    case EIO_FSYNC:
        if (kind != FLUSH) return 0;
        say("fault\n");
        return EIO;
    case LIE:
        if (kind != WRITE || is_lie_told || !is_data(path)) return 0;
        is_lie_told = 1;
        say("fault\n");
        return -2;
    default:
        return 0;
    }
}

static long fail(int error) {
    errno = error;
    return -1;
}

static int open_at(int folder, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    int is_temporary = (flags & O_TMPFILE) == O_TMPFILE;
    if (!(flags & O_CREAT) || is_temporary || !path_at(folder, name, path))
        return (int)syscall(SYS_openat, folder, name, flags, mode);
    pthread_mutex_lock(&lock);
    int error = strike(OPEN, path, -1, 0, 0);
    int fd = error ? (int)fail(error) : -1;
    if (!error) {
        struct stat before;
        int is_new = lstat(path, &before) != 0;
        fd = (int)syscall(SYS_openat, folder, name, flags, mode);
        if (0 <= fd && is_new) keep_name(path, OPEN);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return fd;
}

static long write_at(int fd, const void *from, size_t bytes, off_t offset) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) {
        if (offset < 0) return syscall(SYS_write, fd, from, bytes);
        return syscall(SYS_pwrite64, fd, from, bytes, offset);
    }
    pthread_mutex_lock(&lock);
    off_t start = offset;
    if (start < 0) {
        struct stat now;
        int is_appended = fcntl(fd, F_GETFL) & O_APPEND;
        start = is_appended && !fstat(fd, &now) ? now.st_size : (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    }
    int error = strike(WRITE, path, fd, start + (off_t)bytes, bytes);
    long done = -1;
    if (0 < error) {
        fail(error);
    } else if (error == -2) {
        if (offset < 0) syscall(SYS_lseek, fd, (off_t)bytes, SEEK_CUR);
        done = (long)bytes;
    } else {
        size_t given = error == -1 ? bytes / 2 : bytes;
        keep_bytes(fd, path, start, given, WRITE);
        lost_turns(path, GONE, REWRITTEN, start, start + (off_t)given);
        done = offset < 0 ? syscall(SYS_write, fd, from, given) : syscall(SYS_pwrite64, fd, from, given, offset);
        if (what == TORN && error == -1) kill_now();
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}

static int truncate_at(int fd, off_t length) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int error = strike(TRUNCATE, path, fd, length, 0);
    int done = -1;
    if (error) {
        fail(error);
    } else {
        struct stat now;
        off_t end = fstat(fd, &now) ? length : now.st_size;
        keep_bytes(fd, path, length, length < end ? (size_t)(end - length) : 0, TRUNCATE);
        done = (int)syscall(SYS_ftruncate, fd, length);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}

static int flush(int fd, long call) {
    char path[PATH_MAX + 1];
    int is_ours = path_of(fd, path);
    if (!is_ours && dir_length) {
        /* The folder itself. */
        strcat(path, "/");
        is_ours = !strcmp(path, dir);
    }
    if (!is_ours) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int error = strike(FLUSH, path, fd, 0, 0);
    int done = -1;
    if (error) {
        note_lost(fd, path);
        fail(error);
    } else {
        /* Flushing costs the machine time and this test nothing: whether it was asked for is what counts. */
        done = 0;
        flushed(fd);
        lost_turns(path, REWRITTEN, DURABLE, 0, (off_t)1 << 62);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}

static int rename_at(int from_folder, const char *from, int to_folder, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    int is_ours = path_at(to_folder, to, new) & path_at(from_folder, from, old);
    if (!is_ours) return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
    pthread_mutex_lock(&lock);
    int error = strike(RENAME, new, -1, 0, 0);
    int done = -1;
    if (error) {
        fail(error);
    } else {
        keep_name(old, UNLINK);
        keep_name(new, RENAME);
        done = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}

static int unlink_at(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    if (flags || !path_at(folder, name, path)) return (int)syscall(SYS_unlinkat, folder, name, flags);
    pthread_mutex_lock(&lock);
    int error = strike(UNLINK, path, -1, 0, 0);
    int done = -1;
    if (error) {
        fail(error);
    } else {
        keep_name(path, UNLINK);
        done = (int)syscall(SYS_unlinkat, folder, name, flags);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}

/* ---- the names they are called by ---------------------------------------------------------------------- */

#define MODE(flags)                                     \
    mode_t mode = 0;                                    \
    if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) { \
        va_list args;                                   \
        va_start(args, flags);                          \
        mode = va_arg(args, mode_t);                    \
        va_end(args);                                   \
    }

int open(const char *name, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, name, flags, mode); }
int openat(int folder, const char *name, int flags, ...) { MODE(flags) return open_at(folder, name, flags, mode); }
int openat64(int folder, const char *name, int flags, ...) { MODE(flags) return open_at(folder, name, flags, mode); }
int creat(const char *name, mode_t mode) { return open_at(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode); }

ssize_t write(int fd, const void *from, size_t bytes) { return write_at(fd, from, bytes, -1); }
ssize_t pwrite(int fd, const void *from, size_t bytes, off_t offset) { return write_at(fd, from, bytes, offset); }
ssize_t pwrite64(int fd, const void *from, size_t bytes, off64_t offset) { return write_at(fd, from, bytes, offset); }

/* One after the other: no fewer operations, and each can be struck. */
ssize_t writev(int fd, const struct iovec *parts, int length) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return syscall(SYS_writev, fd, parts, length);
    ssize_t all = 0;
    for (int i = 0; i < length; i++) {
        long done = write_at(fd, parts[i].iov_base, parts[i].iov_len, -1);
        if (done < 0) return all ? all : done;
        all += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return all;
}

int ftruncate(int fd, off_t length) { return truncate_at(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_at(fd, length); }
int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }
int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    return rename_at(from_folder, from, to_folder, to);
}
int unlink(const char *name) { return unlink_at(AT_FDCWD, name, 0); }
int unlinkat(int folder, const char *name, int flags) { return unlink_at(folder, name, flags); }
