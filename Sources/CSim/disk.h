// The disk of the simulated world: files in memory that know what of them was synced.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One write or truncation that no sync has made durable yet.
typedef struct {
    size_t offset;
    /// Bytes written; for a truncation 0.
    size_t length;
    size_t size_before;
    /// The bytes that were there: from `offset` on, `old_length` of them.
    uint8_t *old_bytes;
    size_t old_length;
    /// The bytes that came; NULL for a truncation to `offset`.
    uint8_t *new_bytes;
} disk_change;

struct file_handle;
struct shared_index;

/// A file of the disk. It stays when its handles are closed.
typedef struct disk_file {
    struct disk_file *next;
    char *name;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    bool exists;
    /// The name outlives a power cut.
    bool is_name_synced;
    disk_change *changes;
    size_t change_count;
    size_t change_capacity;
    /// All handles of the present incarnation.
    struct file_handle *handles;
    /// What the connections of a WAL database share; goes with the last of them.
    struct shared_index *index;
} disk_file;

/// The file of that name; made where there is none and `creates` is set, else NULL.
disk_file *disk_find(const char *name, bool creates);
/// A file without a name, for one handle.
disk_file *disk_make_nameless(void);
void disk_free_nameless(disk_file *file);

/// The four below give SQLite's result codes, as the faults of the disk have it.
int disk_write(disk_file *file, const void *bytes, size_t length, size_t offset);
int disk_truncate(disk_file *file, size_t size);
int disk_sync(disk_file *file);
int disk_delete(const char *name);
/// Gives a file another name, for good; false where there is no such file.
bool disk_rename(const char *name, const char *new_name);
/// The `index`-th file that exists and whose name begins so; NULL after the last.
const char *disk_name(const char *beginning, size_t index);

/// Counts the crashes: handles of an earlier incarnation are dead.
uint64_t disk_incarnation(void);
/// True from the crash at a write until `csim_crash_disk`.
bool disk_is_dead(void);
