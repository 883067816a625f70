// SQLite's way to the simulated world: its files, its clock, its randomness.
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "csim.h"
#include "disk.h"

#define LOCK_COUNT SQLITE_SHM_NLOCK
// SQLite counts days from noon of 24 November 4714 BC; this is 1970 in its milliseconds.
#define EPOCH_IN_JULIAN_MILLISECONDS 210866760000000LL

/// What the connections of a WAL database share: memory that no file stands behind.
typedef struct shared_index {
    int reference_count;
    int region_count;
    void **regions;
    int shared[LOCK_COUNT];
    struct file_handle *exclusive[LOCK_COUNT];
} shared_index;

/// An open file of one connection.
typedef struct file_handle {
    sqlite3_file base;
    disk_file *file;
    struct file_handle *next;
    uint64_t incarnation;
    int lock;
    bool is_deleted_on_close;
    shared_index *index;
    uint16_t shared_mask;
    uint16_t exclusive_mask;
} file_handle;

static uint64_t random_position;

// What a process that is gone still tries comes to nothing.
static bool is_dead(const file_handle *handle) {
    return disk_is_dead() || handle->incarnation != disk_incarnation();
}

// --- Content ---

static int read_file(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    file_handle *handle = (file_handle *)base;
    if (is_dead(handle)) return SQLITE_IOERR_READ;
    size_t there = (size_t)offset < handle->file->size ? handle->file->size - (size_t)offset : 0;
    size_t taken = there < (size_t)count ? there : (size_t)count;
    if (taken > 0) memcpy(bytes, handle->file->bytes + offset, taken);
    if (taken == (size_t)count) return SQLITE_OK;
    memset((uint8_t *)bytes + taken, 0, (size_t)count - taken);
    return SQLITE_IOERR_SHORT_READ;
}

static int write_file(
    sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    file_handle *handle = (file_handle *)base;
    if (is_dead(handle)) return SQLITE_IOERR_WRITE;
    return disk_write(handle->file, bytes, (size_t)count, (size_t)offset);
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size) {
    file_handle *handle = (file_handle *)base;
    if (is_dead(handle)) return SQLITE_IOERR_TRUNCATE;
    return disk_truncate(handle->file, (size_t)size);
}

static int sync_file(sqlite3_file *base, int flags) {
    (void)flags;
    file_handle *handle = (file_handle *)base;
    return is_dead(handle) ? SQLITE_IOERR_FSYNC : disk_sync(handle->file);
}

static int measure_file(sqlite3_file *base, sqlite3_int64 *size) {
    file_handle *handle = (file_handle *)base;
    if (is_dead(handle)) return SQLITE_IOERR_FSTAT;
    *size = (sqlite3_int64)handle->file->size;
    return SQLITE_OK;
}

// --- Locks of a file ---

// The highest lock of any other handle.
static int lock_of_others(const file_handle *handle) {
    int highest = SQLITE_LOCK_NONE;
    for (file_handle *other = handle->file->handles; other != NULL; other = other->next) {
        if (other != handle && other->lock > highest) highest = other->lock;
    }
    return highest;
}

static int lock_file(sqlite3_file *base, int wanted) {
    file_handle *handle = (file_handle *)base;
    if (is_dead(handle)) return SQLITE_IOERR_LOCK;
    if (handle->lock >= wanted) return SQLITE_OK;
    int others = lock_of_others(handle);
    if (wanted == SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    if (wanted == SQLITE_LOCK_RESERVED && others >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
    if (wanted == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED) {
        // No new reader comes while those that are there are waited for.
        if (others < SQLITE_LOCK_RESERVED) handle->lock = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
    }
    handle->lock = wanted;
    return SQLITE_OK;
}

static int unlock_file(sqlite3_file *base, int wanted) {
    file_handle *handle = (file_handle *)base;
    if (handle->lock > wanted) handle->lock = wanted;
    return SQLITE_OK;
}

static int check_reserved_lock(sqlite3_file *base, int *is_reserved) {
    file_handle *handle = (file_handle *)base;
    *is_reserved = handle->lock >= SQLITE_LOCK_RESERVED
        || (!is_dead(handle) && lock_of_others(handle) >= SQLITE_LOCK_RESERVED);
    return SQLITE_OK;
}

// --- The index that connections share ---

static int unmap_index(sqlite3_file *base, int deletes) {
    (void)deletes;
    file_handle *handle = (file_handle *)base;
    shared_index *index = handle->index;
    if (index == NULL) return SQLITE_OK;
    for (int lock = 0; lock < LOCK_COUNT; lock++) {
        if (handle->shared_mask & (1 << lock)) index->shared[lock]--;
        if (index->exclusive[lock] == handle) index->exclusive[lock] = NULL;
    }
    handle->shared_mask = handle->exclusive_mask = 0;
    handle->index = NULL;
    if (--index->reference_count > 0) return SQLITE_OK;
    if (handle->file->index == index) handle->file->index = NULL;
    for (int region = 0; region < index->region_count; region++) free(index->regions[region]);
    free(index->regions);
    free(index);
    return SQLITE_OK;
}

static int map_index(
    sqlite3_file *base, int region, int size, int extends, void volatile **memory) {
    file_handle *handle = (file_handle *)base;
    if (is_dead(handle)) return SQLITE_IOERR_SHMMAP;
    if (handle->index == NULL) {
        if (handle->file->index == NULL) {
            handle->file->index = calloc(1, sizeof(shared_index));
            if (handle->file->index == NULL) return SQLITE_NOMEM;
        }
        handle->index = handle->file->index;
        handle->index->reference_count++;
    }
    shared_index *index = handle->index;
    *memory = NULL;
    if (region >= index->region_count && !extends) return SQLITE_OK;
    while (region >= index->region_count) {
        void **regions = realloc(
            index->regions, (size_t)(index->region_count + 1) * sizeof *regions);
        if (regions == NULL) return SQLITE_NOMEM;
        index->regions = regions;
        regions[index->region_count] = calloc(1, (size_t)size);
        if (regions[index->region_count] == NULL) return SQLITE_NOMEM;
        index->region_count++;
    }
    *memory = index->regions[region];
    return SQLITE_OK;
}

static void unlock_index(file_handle *handle, int first, int count) {
    for (int lock = first; lock < first + count; lock++) {
        uint16_t bit = (uint16_t)(1 << lock);
        if (handle->shared_mask & bit) handle->index->shared[lock]--;
        if (handle->exclusive_mask & bit) handle->index->exclusive[lock] = NULL;
        handle->shared_mask &= (uint16_t)~bit;
        handle->exclusive_mask &= (uint16_t)~bit;
    }
}

static int lock_index(sqlite3_file *base, int first, int count, int flags) {
    file_handle *handle = (file_handle *)base;
    shared_index *index = handle->index;
    if (index == NULL) return SQLITE_IOERR_SHMLOCK;
    if (flags & SQLITE_SHM_UNLOCK) {
        unlock_index(handle, first, count);
        return SQLITE_OK;
    }
    if (is_dead(handle)) return SQLITE_IOERR_SHMLOCK;
    for (int lock = first; lock < first + count; lock++) {
        bool is_own = handle->shared_mask & (1 << lock);
        if (index->exclusive[lock] != NULL && index->exclusive[lock] != handle) return SQLITE_BUSY;
        if (flags & SQLITE_SHM_EXCLUSIVE && index->shared[lock] > (is_own ? 1 : 0)) {
            return SQLITE_BUSY;
        }
    }
    for (int lock = first; lock < first + count; lock++) {
        uint16_t bit = (uint16_t)(1 << lock);
        if (flags & SQLITE_SHM_EXCLUSIVE) {
            index->exclusive[lock] = handle;
            handle->exclusive_mask |= bit;
        } else if (!(handle->shared_mask & bit)) {
            index->shared[lock]++;
            handle->shared_mask |= bit;
        }
    }
    return SQLITE_OK;
}

// One thread runs the world.
static void order_memory(sqlite3_file *base) { (void)base; }

// --- Open and close ---

static int close_file(sqlite3_file *base) {
    file_handle *handle = (file_handle *)base;
    unmap_index(base, 0);
    file_handle **link = &handle->file->handles;
    while (*link != NULL && *link != handle) link = &(*link)->next;
    if (*link == handle) *link = handle->next;
    if (handle->file->name == NULL) {
        disk_free_nameless(handle->file);
    } else if (handle->is_deleted_on_close && !is_dead(handle)) {
        disk_delete(handle->file->name);
    }
    return SQLITE_OK;
}

static int control_file(sqlite3_file *base, int operation, void *argument) {
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base) {
    (void)base;
    return 4096;
}

// As SQLite takes a disk of today: a write that is cut off does not harm the bytes beside it.
static int characteristics(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = measure_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_index,
    .xShmLock = lock_index,
    .xShmBarrier = order_memory,
    .xShmUnmap = unmap_index,
};

static int open_file(
    sqlite3_vfs *layer, const char *name, sqlite3_file *base, int flags, int *result) {
    (void)layer;
    file_handle *handle = (file_handle *)base;
    memset(handle, 0, sizeof *handle);
    if (disk_is_dead()) return SQLITE_CANTOPEN;
    handle->file =
        name == NULL ? disk_make_nameless() : disk_find(name, flags & SQLITE_OPEN_CREATE);
    if (handle->file == NULL) return SQLITE_CANTOPEN;
    handle->is_deleted_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    handle->incarnation = disk_incarnation();
    handle->next = handle->file->handles;
    handle->file->handles = handle;
    handle->base.pMethods = &methods;
    if (result != NULL) *result = flags;
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *layer, const char *name, int syncs) {
    (void)layer, (void)syncs;
    return disk_is_dead() ? SQLITE_IOERR_DELETE : disk_delete(name);
}

static int test_file(sqlite3_vfs *layer, const char *name, int flags, int *result) {
    (void)layer, (void)flags;
    disk_file *file = disk_find(name, false);
    // An empty journal is none: SQLite asks so of the real file layer, too.
    *result = file != NULL && (flags != SQLITE_ACCESS_EXISTS || file->size > 0);
    return SQLITE_OK;
}

static int complete_name(sqlite3_vfs *layer, const char *name, int count, char *result) {
    (void)layer;
    if ((int)strlen(name) >= count) return SQLITE_CANTOPEN;
    strcpy(result, name);
    return SQLITE_OK;
}

// --- Clock and randomness ---

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

// One thread runs the world, so that nobody else can let go of a lock meanwhile.
static int sleep_not(sqlite3_vfs *layer, int microseconds) {
    (void)layer;
    return microseconds;
}

static int last_error(sqlite3_vfs *layer, int count, char *text) {
    (void)layer, (void)count, (void)text;
    return 0;
}

int csim_register_sqlite(uint64_t seed) {
    static sqlite3_vfs layer = {
        .iVersion = 2,
        .szOsFile = sizeof(file_handle),
        .mxPathname = 512,
        .zName = "simulated",
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = test_file,
        .xFullPathname = complete_name,
        .xRandomness = fill_random,
        .xSleep = sleep_not,
        .xCurrentTime = read_clock_in_days,
        .xCurrentTimeInt64 = read_clock,
        .xGetLastError = last_error,
    };
    random_position = seed;
    return sqlite3_vfs_register(&layer, 1);
}
