#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What reached past the world since `csim_virtualise`: all but the last must be 0 at the end of a run.
typedef struct {
    /// Readings of the machine's clock.
    int64_t clock_calls;
    /// Readings of the machine's entropy.
    int64_t entropy_calls;
    /// Threads made.
    int64_t threads_made;
    /// Threads that libdispatch made for itself: listed, and none of our code runs there.
    int64_t library_threads;
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
typedef enum { CSIM_CLOCK, CSIM_ENTROPY, CSIM_THREAD, CSIM_LIBRARY_THREAD } csim_leak;

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

/// Gives SQLite the world's disk, time and randomness of that seed as its standard file layer.
///
/// SQLite reads time and randomness through its own function table, where interposed libc functions
/// would only count the leak. Returns SQLite's result code, 0 where it went well.
int csim_register_sqlite(uint64_t seed);

/// What the world's disk does wrong.
typedef struct {
    /// Every write fails (SQLITE_IOERR_WRITE).
    bool fails_writes;
    /// No file can grow (SQLITE_FULL).
    bool is_full;
    /// Every sync fails (SQLITE_IOERR_FSYNC).
    bool fails_syncs;
    /// Every sync is said to be done, and is not.
    bool ignores_syncs;
} csim_disk_faults;

/// From now on.
void csim_set_disk_faults(csim_disk_faults wanted);

/// What the world's disk did so far.
typedef struct {
    int64_t writes;
    int64_t syncs;
} csim_disk_counters;

csim_disk_counters csim_count_disk(void);

/// Ends the process that has the world's files open: whatever its handles still try fails.
///
/// What it wrote is there afterwards; where the machine loses its power, too, only what was synced
/// is there for sure: each write since then is whole, lost or torn, as the seed has it.
void csim_crash_disk(bool loses_power, uint64_t seed);

/// Lets the process die in its `count`-th write from now on, which is torn; from then on whatever it
/// tries fails, until `csim_crash_disk` makes an end of it.
void csim_die_at_write(int64_t count, uint64_t seed);

/// True after that write.
bool csim_is_disk_dead(void);

/// What came of an operation on a file.
enum { CSIM_FILE_OK = 0, CSIM_FILE_FULL = 1, CSIM_FILE_FAILED = 2 };

/// Files of the world's disk by their whole names; they fail as databases do. Writing makes the file.
int csim_file_write(const char *name, const void *bytes, size_t length, size_t offset);
/// -1 where there is none.
int64_t csim_file_size(const char *name);
size_t csim_file_read(const char *name, void *bytes, size_t length, size_t offset);
int csim_file_truncate(const char *name, size_t size);
int csim_file_sync(const char *name);
int csim_file_delete(const char *name);
/// In one step and for good; replaces what has the new name.
int csim_file_rename(const char *name, const char *new_name);
/// The `index`-th file whose name begins so; NULL after the last.
const char *csim_file_name(const char *folder, size_t index);
