#pragma once

#include <stddef.h>

/// Maps zeroed memory from the system. Returns NULL if there is none.
void *cmemory_map(size_t size);

/// Returns mapped memory to the system.
void cmemory_unmap(void *memory, size_t size);

/// Changes the size of mapped memory, which may move it. Returns NULL, with the old memory unchanged, on failure.
void *cmemory_remap(void *memory, size_t old_size, size_t new_size);

/// Locks and unlocks the blocks that the process keeps for reuse. A POSIX lock, which ThreadSanitizer knows.
void cmemory_lock(void);
void cmemory_unlock(void);

/// Returns what the allocator keeps of freed memory to the system. No effect except with glibc. For the whole process.
void cmemory_trim(void);

/// Sets up this process's allocator so that large blocks, once freed, go back to the system. No effect except with
/// glibc. Call it from a program, not from a library, before other threads start.
void cmemory_release_large_blocks(void);
