#include "csim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// The first instant of every world, in seconds since 1970: 2027-01-01T00:00:00Z.
#define FIRST_SECOND 1798761600LL
#define BILLION 1000000000LL

static bool is_virtual;
static int64_t now_in_nanoseconds;
static int64_t wall_offset_in_nanoseconds;
static uint64_t random_position;
static csim_leaks leaks;
static __thread bool is_adopted;

void csim_virtualise(uint64_t seed) {
    random_position = seed;
    memset(&leaks, 0, sizeof leaks);
    is_virtual = true;
}

void csim_stop_virtualising(void) { is_virtual = false; }

bool csim_is_virtual(void) { return is_virtual; }

void csim_set_now(int64_t nanoseconds) { now_in_nanoseconds = nanoseconds; }

void csim_jump_wall_clock(int64_t nanoseconds) { wall_offset_in_nanoseconds += nanoseconds; }

int64_t csim_wall_nanoseconds(void) {
    return FIRST_SECOND * BILLION + now_in_nanoseconds + wall_offset_in_nanoseconds;
}

// One second on, because some callers take 0 for "never".
int64_t csim_steady_nanoseconds(void) { return BILLION + now_in_nanoseconds; }

void csim_fill_random(void *bytes, size_t count) {
    uint8_t *next = bytes;
    for (; count > 0; count--, next++) {
        random_position = random_position * 6364136223846793005ULL + 1442695040888963407ULL;
        *next = (uint8_t)(random_position >> 56);
    }
}

void csim_count_leak(csim_leak leak) {
    int64_t *counter = leak == CSIM_CLOCK ? &leaks.clock_calls
        : leak == CSIM_ENTROPY            ? &leaks.entropy_calls
        : leak == CSIM_THREAD             ? &leaks.threads_made
                                          : &leaks.library_threads;
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

csim_leaks csim_count_leaks(void) { return leaks; }

void csim_adopt_thread(void) { is_adopted = true; }

bool csim_is_adopted_thread(void) { return is_adopted; }

// The next definition behind an interposed one: libc's own.
int64_t csim_real_nanoseconds(void) {
    static int (*read_clock)(clockid_t, struct timespec *);
    if (read_clock == NULL) read_clock = dlsym(RTLD_NEXT, "clock_gettime");
    struct timespec time;
    read_clock(CLOCK_MONOTONIC, &time);
    return time.tv_sec * BILLION + time.tv_nsec;
}

void csim_fix_hash_seed(char **arguments) {
    static const char name[] = "SWIFT_DETERMINISTIC_HASHING";
    if (getenv(name) != NULL) return;
    setenv(name, "1", 1);
    execv("/proc/self/exe", arguments);
    abort();
}

static void *do_nothing(void *argument) { return argument; }

void csim_make_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, do_nothing, NULL) == 0) pthread_join(thread, NULL);
}
