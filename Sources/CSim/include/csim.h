#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What reached past the world since `csim_virtualise`: all must be 0 at the end of a run.
typedef struct {
    /// Readings of the machine's clock.
    int64_t clock_calls;
    /// Readings of the machine's entropy.
    int64_t entropy_calls;
    /// Threads made.
    int64_t threads_made;
} csim_leaks;

/// From now on clock and entropy come from the world, and every call is counted.
///
/// A call that slips through then still gives the same answer for the same seed; the count says
/// that production code must be taught to ask the world instead.
void csim_virtualise(uint64_t seed);

/// True between `csim_virtualise` and `csim_stop_virtualising`.
bool csim_is_virtual(void);

/// Ends what `csim_virtualise` began: the report may read the real clock.
void csim_stop_virtualising(void);

/// What an interposed clock shows: nanoseconds since the start of the world.
void csim_set_now(int64_t nanoseconds);

/// Moves people's clocks; the steady clock goes on as before.
void csim_jump_wall_clock(int64_t nanoseconds);

/// What people's clocks show in the world: nanoseconds since 1970.
int64_t csim_wall_nanoseconds(void);

/// What a steady clock shows in the world.
int64_t csim_steady_nanoseconds(void);

/// Bytes that follow from the seed.
void csim_fill_random(void *bytes, size_t count);

/// What reaches past the world.
typedef enum { CSIM_CLOCK, CSIM_ENTROPY, CSIM_THREAD } csim_leak;

void csim_count_leak(csim_leak leak);
csim_leaks csim_count_leaks(void);

/// Marks the calling thread as the simulator's.
void csim_adopt_thread(void);
bool csim_is_adopted_thread(void);

/// Makes a thread that does nothing and waits for its end: a leak on purpose, for a test.
void csim_make_thread(void);

/// The machine's monotonic clock, uncounted: for the speed-up that is printed, never for the run.
int64_t csim_real_nanoseconds(void);

/// Starts the process anew with Swift's hash seed fixed, unless that has been done already.
///
/// The seed of `Hasher` is drawn before `main`, so it can only be fixed from outside.
void csim_fix_hash_seed(char **arguments);

/// Registers SQLite's default file layer with the world's time and with randomness of that seed.
///
/// SQLite reads both through its own function table, where interposed libc functions would only
/// count the leak. Returns SQLite's result code, 0 where it went well.
int csim_register_sqlite(uint64_t seed);
