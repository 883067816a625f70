// Definitions in an executable win over those of shared libraries: the functions below are called
// by every library of the process. Linked into the simulator only.
#include "cinterposed.h"

#include <csim.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL

// The next definition of a function behind ours: libc's own. Threads that race here write the
// same pointer.
#define NEXT(function)                                              \
    ({                                                              \
        static __typeof__(function) *next;                          \
        if (next == NULL) next = dlsym(RTLD_NEXT, #function);       \
        next;                                                       \
    })

// Set in threads that libraries make for themselves: none of our code runs there, so that they keep
// the machine's time.
static __thread bool is_library_thread;

static bool is_seen_by_world(void) { return csim_is_virtual() && !is_library_thread; }

// --- Clocks ---

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!is_seen_by_world()) return NEXT(clock_gettime)(clock, time);
    csim_count_leak(CSIM_CLOCK);
    int64_t now = clock == CLOCK_REALTIME ? csim_wall_nanoseconds() : csim_steady_nanoseconds();
    time->tv_sec = now / BILLION;
    time->tv_nsec = now % BILLION;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    if (!is_seen_by_world()) return NEXT(gettimeofday)(time, zone);
    csim_count_leak(CSIM_CLOCK);
    int64_t now = csim_wall_nanoseconds();
    time->tv_sec = now / BILLION;
    time->tv_usec = now % BILLION / 1000;
    return 0;
}

time_t time(time_t *result) {
    if (!is_seen_by_world()) return NEXT(time)(result);
    csim_count_leak(CSIM_CLOCK);
    time_t seconds = csim_wall_nanoseconds() / BILLION;
    if (result != NULL) *result = seconds;
    return seconds;
}

// --- Entropy ---

ssize_t getrandom(void *bytes, size_t count, unsigned flags) {
    if (!is_seen_by_world()) return NEXT(getrandom)(bytes, count, flags);
    csim_count_leak(CSIM_ENTROPY);
    csim_fill_random(bytes, count);
    return (ssize_t)count;
}

int getentropy(void *bytes, size_t count) {
    if (!is_seen_by_world()) return NEXT(getentropy)(bytes, count);
    csim_count_leak(CSIM_ENTROPY);
    csim_fill_random(bytes, count);
    return 0;
}

// Swift's standard library asks for entropy by the system call's number.
long syscall(long number, ...) {
    va_list list;
    long argument[6];
    va_start(list, number);
    for (int index = 0; index < 6; index++) argument[index] = va_arg(list, long);
    va_end(list);
    if (is_seen_by_world() && number == SYS_getrandom) {
        return getrandom((void *)argument[0], (size_t)argument[1], (unsigned)argument[2]);
    }
    if (is_seen_by_world() && number == SYS_clock_gettime) {
        return clock_gettime((clockid_t)argument[0], (struct timespec *)argument[1]);
    }
    return NEXT(syscall)(
        number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

static bool is_entropy_device(const char *path) {
    return is_seen_by_world() && path != NULL
        && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

// A file of seeded bytes in the place of the device.
static int open_seeded_entropy(void) {
    csim_count_leak(CSIM_ENTROPY);
    uint8_t bytes[4096];
    csim_fill_random(bytes, sizeof bytes);
    int file = memfd_create("entropy", 0);
    if (file >= 0 && write(file, bytes, sizeof bytes) > 0) lseek(file, 0, SEEK_SET);
    return file;
}

#define FORWARD_OPEN(function, ...)                                 \
    va_list list;                                                   \
    va_start(list, flags);                                          \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
    va_end(list);                                                   \
    if (is_entropy_device(path)) return open_seeded_entropy();      \
    return NEXT(function)(__VA_ARGS__, flags, mode)

int open(const char *path, int flags, ...) { FORWARD_OPEN(open, path); }
int open64(const char *path, int flags, ...) { FORWARD_OPEN(open64, path); }
int openat(int folder, const char *path, int flags, ...) { FORWARD_OPEN(openat, folder, path); }

// --- Threads ---

typedef struct {
    void *(*main)(void *);
    void *argument;
} library_thread;

static void *run_library_thread(void *argument) {
    library_thread thread = *(library_thread *)argument;
    free(argument);
    is_library_thread = true;
    return thread.main(thread.argument);
}

// libdispatch disposes of queues on workers of its own, whatever the executors are.
static bool is_of_dispatch(void *(*main)(void *)) {
    Dl_info where;
    return dladdr((void *)main, &where) != 0 && where.dli_fname != NULL
        && strstr(where.dli_fname, "libdispatch") != NULL;
}

int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*main)(void *), void *argument) {
    if (!csim_is_virtual()) return NEXT(pthread_create)(thread, attributes, main, argument);
    if (!is_of_dispatch(main)) {
        csim_count_leak(CSIM_THREAD);
        return NEXT(pthread_create)(thread, attributes, main, argument);
    }
    csim_count_leak(CSIM_LIBRARY_THREAD);
    library_thread *wrapped = malloc(sizeof *wrapped);
    if (wrapped == NULL) return EAGAIN;
    *wrapped = (library_thread){.main = main, .argument = argument};
    int failure = NEXT(pthread_create)(thread, attributes, run_library_thread, wrapped);
    if (failure != 0) free(wrapped);
    return failure;
}
