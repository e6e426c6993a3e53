#pragma once

#include <stddef.h>

/// Maps zeroed memory from the system. Returns NULL if there is not enough memory.
void *cmemory_map(size_t size);

/// Returns mapped memory to the system.
void cmemory_unmap(void *memory, size_t size);

/// Changes the size of mapped memory, and may move it. On failure, returns NULL and leaves the memory unchanged.
void *cmemory_remap(void *memory, size_t old_size, size_t new_size);

/// Lock and unlock the pool of blocks that the process keeps for reuse. ThreadSanitizer understands this POSIX mutex.
void cmemory_lock(void);
void cmemory_unlock(void);

/// Returns freed memory that the allocator of this process keeps to the system. A no-op except with glibc.
void cmemory_trim(void);

/// Configures the allocator of this process to return large blocks to the system when they are freed. A no-op except
/// with glibc. Call it from a program, not from a library, before other threads start.
void cmemory_release_large_blocks(void);

/// Returns the bytes of the blocks that this process's allocator has handed out; 0 except with glibc 2.33 or later.
size_t cmemory_allocated_bytes(void);
