#define _GNU_SOURCE
#include "large_memory.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

void *cmemory_map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void cmemory_unmap(void *memory, size_t size) { munmap(memory, size); }

void *cmemory_remap(void *memory, size_t old_size, size_t new_size) {
#ifdef __linux__
    void *moved = mremap(memory, old_size, new_size, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
#else
    void *moved = cmemory_map(new_size);
    if (!moved) return NULL;
    memcpy(moved, memory, old_size < new_size ? old_size : new_size);
    cmemory_unmap(memory, old_size);
    return moved;
#endif
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void cmemory_lock(void) { pthread_mutex_lock(&lock); }

void cmemory_unlock(void) { pthread_mutex_unlock(&lock); }

void cmemory_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void cmemory_release_large_blocks(void) {
#ifdef __GLIBC__
    // By default, when a mapped block is freed, glibc raises its mmap threshold from 128 KiB to the block's size, up to
    // 32 MiB. It also raises its trim threshold to twice that size (mallopt(3)). Later blocks of that size come from
    // the heap, which may keep them after they are freed. Setting the threshold turns this adjustment off.
    //
    // The value equals LargeMemory.threshold. With a lower value, a message of 64 KiB would need a mapping. With a
    // higher value, growing buffers would leave holes in the heap.
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
#endif
}

size_t cmemory_allocated_bytes(void) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    struct mallinfo2 information = mallinfo2();
    return information.uordblks + information.hblkhd;
#else
    return 0;
#endif
}
