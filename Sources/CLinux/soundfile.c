// libsndfile lets libmpg123 print its own lines about a broken MP3, and has no way to stop that. Each
// handle that it makes is told to be quiet here: this function stands before libmpg123's.
#include "CLinux.h"

#include <dlfcn.h>
#include <stddef.h>

// <mpg123.h>: MPG123_ADD_FLAGS and MPG123_QUIET.
enum { add_flags = 2, quiet = 0x20 };

void *mpg123_new(const char *decoder, int *error) {
    void *(*const make)(const char *, int *) =
        (void *(*)(const char *, int *))dlsym(RTLD_NEXT, "mpg123_new");
    int (*const set)(void *, int, long, double) =
        (int (*)(void *, int, long, double))dlsym(RTLD_NEXT, "mpg123_param");
    if (make == NULL) return NULL;
    void *const handle = make(decoder, error);
    if (handle != NULL && set != NULL) set(handle, add_flags, quiet, 0);
    return handle;
}
