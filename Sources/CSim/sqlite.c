#include "csim.h"

#include <sqlite3.h>
#include <string.h>

static uint64_t random_position;

// SQLite counts days from noon of 24 November 4714 BC; this is 1970 in its milliseconds.
#define EPOCH_IN_JULIAN_MILLISECONDS 210866760000000LL

static int fill_random(sqlite3_vfs *layer, int count, char *bytes) {
    (void)layer;
    for (int index = 0; index < count; index++) {
        random_position = random_position * 6364136223846793005ULL + 1442695040888963407ULL;
        bytes[index] = (char)(random_position >> 56);
    }
    return count;
}

static int read_clock(sqlite3_vfs *layer, sqlite3_int64 *milliseconds) {
    (void)layer;
    *milliseconds = EPOCH_IN_JULIAN_MILLISECONDS + csim_wall_nanoseconds() / 1000000;
    return SQLITE_OK;
}

static int read_clock_in_days(sqlite3_vfs *layer, double *days) {
    sqlite3_int64 milliseconds;
    read_clock(layer, &milliseconds);
    *days = (double)milliseconds / 86400000.0;
    return SQLITE_OK;
}

// Nobody else holds the simulated world's files, so that waiting for a lock ends at once.
static int sleep_not(sqlite3_vfs *layer, int microseconds) {
    (void)layer;
    return microseconds;
}

int csim_register_sqlite(uint64_t seed) {
    static sqlite3_vfs layer;
    sqlite3_vfs *original = sqlite3_vfs_find(NULL);
    if (original == NULL) return SQLITE_ERROR;
    random_position = seed;
    layer = *original;
    layer.zName = "simulated";
    layer.xRandomness = fill_random;
    layer.xCurrentTime = read_clock_in_days;
    layer.xCurrentTimeInt64 = read_clock;
    layer.xSleep = sleep_not;
    return sqlite3_vfs_register(&layer, 1);
}
