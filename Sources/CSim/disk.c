#include "disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "csim.h"

// A torn write ends at a sector's border, as a disk's does.
#define SECTOR 512

static disk_file *files;
static csim_disk_faults faults;
static csim_disk_counters counters;
static uint64_t incarnation;
static uint64_t random_position;
// Counts down to the write that kills; negative: none does.
static int64_t writes_to_live = -1;
static bool is_dead;

uint64_t disk_incarnation(void) { return incarnation; }

bool disk_is_dead(void) { return is_dead; }

bool csim_is_disk_dead(void) { return is_dead; }

void csim_set_disk_faults(csim_disk_faults wanted) { faults = wanted; }

csim_disk_counters csim_count_disk(void) { return counters; }

void csim_die_at_write(int64_t count, uint64_t seed) {
    writes_to_live = count;
    random_position = seed;
}

static uint64_t draw(uint64_t bound) {
    random_position = random_position * 6364136223846793005ULL + 1442695040888963407ULL;
    return (random_position >> 33) % bound;
}

// --- Files ---

static disk_file *make_file(void) {
    disk_file *file = calloc(1, sizeof *file);
    if (file == NULL) abort();
    file->exists = true;
    return file;
}

disk_file *disk_make_nameless(void) { return make_file(); }

disk_file *disk_find(const char *name, bool creates) {
    disk_file *file = files;
    while (file != NULL && strcmp(file->name, name) != 0) file = file->next;
    if (file != NULL && (file->exists || creates)) {
        file->exists = true;
        return file;
    }
    if (!creates) return NULL;
    file = make_file();
    file->name = strdup(name);
    file->next = files;
    files = file;
    return file;
}

static void forget_changes(disk_file *file) {
    for (size_t index = 0; index < file->change_count; index++) {
        free(file->changes[index].old_bytes);
        free(file->changes[index].new_bytes);
    }
    file->change_count = 0;
}

void disk_free_nameless(disk_file *file) {
    forget_changes(file);
    free(file->changes);
    free(file->bytes);
    free(file);
}

// --- Content ---

static void set_size(disk_file *file, size_t size) {
    if (size > file->capacity) {
        size_t capacity = file->capacity == 0 ? 65536 : file->capacity;
        while (capacity < size) capacity *= 2;
        file->bytes = realloc(file->bytes, capacity);
        if (file->bytes == NULL) abort();
        file->capacity = capacity;
    }
    if (size > file->size) memset(file->bytes + file->size, 0, size - file->size);
    file->size = size;
}

static void put(disk_file *file, const void *bytes, size_t length, size_t offset) {
    if (offset + length > file->size) set_size(file, offset + length);
    memcpy(file->bytes + offset, bytes, length);
}

static uint8_t *copy(const void *bytes, size_t length) {
    uint8_t *result = malloc(length == 0 ? 1 : length);
    if (result == NULL) abort();
    memcpy(result, bytes, length);
    return result;
}

// Remembers what a change from `offset` on takes away; `bytes` is NULL for a truncation.
static void remember(disk_file *file, const void *bytes, size_t length, size_t offset) {
    if (file->name == NULL) return;
    if (file->change_count == file->change_capacity) {
        file->change_capacity = file->change_capacity == 0 ? 64 : file->change_capacity * 2;
        file->changes = realloc(file->changes, file->change_capacity * sizeof *file->changes);
        if (file->changes == NULL) abort();
    }
    size_t behind = offset < file->size ? file->size - offset : 0;
    size_t old_length = bytes == NULL || behind < length ? behind : length;
    file->changes[file->change_count++] = (disk_change){
        .offset = offset,
        .length = length,
        .size_before = file->size,
        .old_bytes = copy(old_length == 0 ? (const void *)"" : file->bytes + offset, old_length),
        .old_length = old_length,
        .new_bytes = bytes == NULL ? NULL : copy(bytes, length),
    };
}

int disk_write(disk_file *file, const void *bytes, size_t length, size_t offset) {
    if (faults.is_full && offset + length > file->size) return SQLITE_FULL;
    if (faults.fails_writes) return SQLITE_IOERR_WRITE;
    counters.writes++;
    if (writes_to_live > 0 && --writes_to_live == 0) {
        writes_to_live = -1;
        is_dead = true;
        size_t kept = draw(length / SECTOR + 1) * SECTOR;
        remember(file, bytes, kept, offset);
        put(file, bytes, kept, offset);
        return SQLITE_IOERR_WRITE;
    }
    remember(file, bytes, length, offset);
    put(file, bytes, length, offset);
    return SQLITE_OK;
}

int disk_truncate(disk_file *file, size_t size) {
    if (faults.fails_writes) return SQLITE_IOERR_TRUNCATE;
    remember(file, NULL, 0, size);
    set_size(file, size);
    return SQLITE_OK;
}

int disk_sync(disk_file *file) {
    if (faults.fails_syncs) return SQLITE_IOERR_FSYNC;
    counters.syncs++;
    if (faults.ignores_syncs) return SQLITE_OK;
    forget_changes(file);
    file->is_name_synced = true;
    return SQLITE_OK;
}

// A deletion is durable at once: SQLite deletes nothing that it would have to find again.
int disk_delete(const char *name) {
    disk_file *file = disk_find(name, false);
    if (file == NULL) return SQLITE_IOERR_DELETE_NOENT;
    forget_changes(file);
    file->size = 0;
    file->exists = false;
    file->is_name_synced = false;
    return SQLITE_OK;
}

bool disk_rename(const char *name, const char *new_name) {
    disk_file *file = disk_find(name, false);
    if (file == NULL) return false;
    disk_delete(new_name);
    // What had the new name is a file without content that does not exist: the two change names.
    disk_file *old = files;
    while (old != NULL && strcmp(old->name, new_name) != 0) old = old->next;
    char *freed = file->name;
    file->name = strdup(new_name);
    if (old != NULL) {
        free(old->name);
        old->name = freed;
    } else {
        free(freed);
    }
    return true;
}

const char *disk_name(const char *beginning, size_t index) {
    for (disk_file *file = files; file != NULL; file = file->next) {
        if (!file->exists || strncmp(file->name, beginning, strlen(beginning)) != 0) continue;
        if (index-- == 0) return file->name;
    }
    return NULL;
}

// --- Crashes ---

static void take_back(disk_file *file, const disk_change *change) {
    set_size(file, change->size_before);
    memcpy(file->bytes + change->offset, change->old_bytes, change->old_length);
}

// What was not synced when the power went: each write is there, or not, or in part, whatever the
// order in which they were made.
static void lose_unsynced(disk_file *file) {
    for (size_t index = file->change_count; index > 0; index--) {
        take_back(file, &file->changes[index - 1]);
    }
    for (size_t index = 0; index < file->change_count; index++) {
        const disk_change *change = &file->changes[index];
        uint64_t chance = draw(4);
        if (chance < 2) continue;
        if (change->new_bytes == NULL) {
            set_size(file, change->offset);
            continue;
        }
        size_t kept = chance == 2 ? change->length : draw(change->length / SECTOR + 1) * SECTOR;
        put(file, change->new_bytes, kept, change->offset);
    }
    forget_changes(file);
    if (!file->is_name_synced) {
        file->size = 0;
        file->exists = false;
    }
}

void csim_crash_disk(bool loses_power, uint64_t seed) {
    random_position = seed;
    incarnation++;
    is_dead = false;
    writes_to_live = -1;
    for (disk_file *file = files; file != NULL; file = file->next) {
        file->handles = NULL;
        file->index = NULL;
        if (loses_power) lose_unsynced(file);
    }
}
