// Definitions in an executable win over those of shared libraries: the functions below are called
// by every library of the process. Linked into the simulator only.
#include "csim.h"

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

// The first instant of every world, in seconds since 1970: 2027-01-01T00:00:00Z.
#define FIRST_SECOND 1798761600LL
#define BILLION 1000000000LL

static bool is_virtual;
static int64_t now_in_nanoseconds;
static uint64_t random_position;
static csim_leaks leaks;
static __thread bool is_adopted;

#define COUNT(field) __atomic_fetch_add(&leaks.field, 1, __ATOMIC_RELAXED)

// The next definition of a function behind ours: libc's own. Threads that race here write the
// same pointer.
#define NEXT(function)                                              \
    ({                                                              \
        static __typeof__(function) *next;                          \
        if (next == NULL) next = dlsym(RTLD_NEXT, #function);       \
        next;                                                       \
    })

void csim_virtualise(uint64_t seed) {
    random_position = seed;
    memset(&leaks, 0, sizeof leaks);
    is_virtual = true;
}

void csim_stop_virtualising(void) { is_virtual = false; }

void csim_set_now(int64_t nanoseconds) { now_in_nanoseconds = nanoseconds; }

int64_t csim_wall_microseconds(void) {
    return FIRST_SECOND * 1000000LL + now_in_nanoseconds / 1000;
}

csim_leaks csim_count_leaks(void) { return leaks; }

void csim_adopt_thread(void) { is_adopted = true; }

bool csim_is_adopted_thread(void) { return is_adopted; }

int64_t csim_real_nanoseconds(void) {
    struct timespec time;
    NEXT(clock_gettime)(CLOCK_MONOTONIC, &time);
    return time.tv_sec * BILLION + time.tv_nsec;
}

void csim_fix_hash_seed(char **arguments) {
    static const char name[] = "SWIFT_DETERMINISTIC_HASHING";
    if (getenv(name) != NULL) return;
    setenv(name, "1", 1);
    execv("/proc/self/exe", arguments);
    abort();
}

// --- Clocks ---

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!is_virtual) return NEXT(clock_gettime)(clock, time);
    COUNT(clock_calls);
    int64_t seconds = now_in_nanoseconds / BILLION;
    time->tv_sec = clock == CLOCK_REALTIME ? FIRST_SECOND + seconds : 1 + seconds;
    time->tv_nsec = now_in_nanoseconds % BILLION;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    if (!is_virtual) return NEXT(gettimeofday)(time, zone);
    COUNT(clock_calls);
    time->tv_sec = FIRST_SECOND + now_in_nanoseconds / BILLION;
    time->tv_usec = now_in_nanoseconds % BILLION / 1000;
    return 0;
}

time_t time(time_t *result) {
    if (!is_virtual) return NEXT(time)(result);
    COUNT(clock_calls);
    time_t seconds = FIRST_SECOND + now_in_nanoseconds / BILLION;
    if (result != NULL) *result = seconds;
    return seconds;
}

// --- Entropy ---

static void fill(void *bytes, size_t count) {
    uint8_t *next = bytes;
    for (; count > 0; count--, next++) {
        random_position = random_position * 6364136223846793005ULL + 1442695040888963407ULL;
        *next = (uint8_t)(random_position >> 56);
    }
}

ssize_t getrandom(void *bytes, size_t count, unsigned flags) {
    if (!is_virtual) return NEXT(getrandom)(bytes, count, flags);
    COUNT(entropy_calls);
    fill(bytes, count);
    return (ssize_t)count;
}

int getentropy(void *bytes, size_t count) {
    if (!is_virtual) return NEXT(getentropy)(bytes, count);
    COUNT(entropy_calls);
    fill(bytes, count);
    return 0;
}

// Swift's standard library asks for entropy by the system call's number.
long syscall(long number, ...) {
    va_list list;
    long argument[6];
    va_start(list, number);
    for (int index = 0; index < 6; index++) argument[index] = va_arg(list, long);
    va_end(list);
    if (is_virtual && number == SYS_getrandom) {
        return getrandom((void *)argument[0], (size_t)argument[1], (unsigned)argument[2]);
    }
    if (is_virtual && number == SYS_clock_gettime) {
        return clock_gettime((clockid_t)argument[0], (struct timespec *)argument[1]);
    }
    return NEXT(syscall)(
        number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

static bool is_entropy_device(const char *path) {
    return is_virtual && path != NULL
        && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

// A file of seeded bytes in the place of the device.
static int open_seeded_entropy(void) {
    COUNT(entropy_calls);
    uint8_t bytes[4096];
    fill(bytes, sizeof bytes);
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

int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*main)(void *), void *argument) {
    if (is_virtual) COUNT(threads_made);
    return NEXT(pthread_create)(thread, attributes, main, argument);
}

static void *do_nothing(void *argument) { return argument; }

void csim_make_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, do_nothing, NULL) == 0) pthread_join(thread, NULL);
}
