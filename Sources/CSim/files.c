#include "disk.h"

#include <sqlite3.h>
#include <string.h>

#include "csim.h"

// Files of the world's disk that are no databases: same faults, same crashes.

static int verdict(int code) {
    switch (code) {
        case SQLITE_OK: return CSIM_FILE_OK;
        case SQLITE_FULL: return CSIM_FILE_FULL;
        default: return CSIM_FILE_FAILED;
    }
}

int csim_file_write(const char *name, const void *bytes, size_t length, size_t offset) {
    if (disk_is_dead()) return CSIM_FILE_FAILED;
    return verdict(disk_write(disk_find(name, true), bytes, length, offset));
}

int64_t csim_file_size(const char *name) {
    disk_file *file = disk_find(name, false);
    return file == NULL ? -1 : (int64_t)file->size;
}

size_t csim_file_read(const char *name, void *bytes, size_t length, size_t offset) {
    disk_file *file = disk_find(name, false);
    if (file == NULL || offset >= file->size) return 0;
    size_t count = file->size - offset < length ? file->size - offset : length;
    memcpy(bytes, file->bytes + offset, count);
    return count;
}

int csim_file_truncate(const char *name, size_t size) {
    disk_file *file = disk_find(name, false);
    if (disk_is_dead() || file == NULL) return CSIM_FILE_FAILED;
    return verdict(disk_truncate(file, size));
}

int csim_file_sync(const char *name) {
    disk_file *file = disk_find(name, false);
    if (disk_is_dead() || file == NULL) return CSIM_FILE_FAILED;
    return verdict(disk_sync(file));
}

int csim_file_delete(const char *name) {
    if (disk_is_dead()) return CSIM_FILE_FAILED;
    return verdict(disk_delete(name));
}

int csim_file_rename(const char *name, const char *new_name) {
    if (disk_is_dead()) return CSIM_FILE_FAILED;
    return disk_rename(name, new_name) ? CSIM_FILE_OK : CSIM_FILE_FAILED;
}

const char *csim_file_name(const char *folder, size_t index) {
    return disk_name(folder, index);
}
