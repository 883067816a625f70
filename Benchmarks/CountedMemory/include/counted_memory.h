// Counts what a thread allocates: malloc and its kin in an executable win over libc's.
#pragma once

// Begins to count in this thread, from 0.
void counted_memory_begin(void);
// Ends, and says how often memory was asked for since.
long counted_memory_end(void);
