#include "counted_memory.h"

#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

// Initial-exec: no allocation of its own at the first touch in a thread.
static __thread int is_counting __attribute__((tls_model("initial-exec")));
static __thread long count __attribute__((tls_model("initial-exec")));

void counted_memory_begin(void) {
    count = 0;
    is_counting = 1;
}

long counted_memory_end(void) {
    is_counting = 0;
    return count;
}

void *malloc(size_t size) {
    count += is_counting;
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count += is_counting;
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count += is_counting;
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count += is_counting;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    *memory = memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}
