#include "tape.h"

#include <stdlib.h>

enum { INITIAL_CAPACITY = 64 };

void tape_init(tape *t, uint32_t max_depth, uint32_t max_tokens) {
    *t = (tape){.max_depth = max_depth, .max_tokens = max_tokens};
}

void tape_destroy(tape *t) {
    free(t->tokens);
    t->tokens = NULL;
    t->count = t->capacity = 0;
}

tape_token *tape_grow(tape *t) {
    if (t->count >= t->max_tokens) return NULL;
    uint32_t capacity = t->capacity ? t->capacity : INITIAL_CAPACITY;
    while (capacity <= t->count) capacity = capacity > t->max_tokens / 2 ? t->max_tokens : capacity * 2;
    if (capacity > t->max_tokens) capacity = t->max_tokens;
    tape_token *tokens = realloc(t->tokens, capacity * sizeof *tokens);
    if (!tokens) return NULL;
    t->tokens = tokens;
    t->capacity = capacity;
    return &t->tokens[t->count++];
}
