#include "tape.h"

#include <stdlib.h>

enum {
    INITIAL_CAPACITY = 64,
    KEPT_CAPACITY = 4096, // tokens, 64 KiB in total
    KEPT_KEY_TEXT = 4096,
    MODEST_MESSAGES = 16,
    LONGEST_INTEGER = 20, // "-9223372036854775808" and "18446744073709551615"
};

const tape_token *tape_null(void) {
    static const tape_token token = {.kind = TAPE_NULL};
    return &token;
}

void tape_init(tape *t, uint32_t max_depth, uint32_t max_tokens) {
    if (max_depth > TAPE_DEEPEST) max_depth = TAPE_DEEPEST;
    *t = (tape){.max_depth = max_depth, .max_tokens = max_tokens};
}

void tape_destroy(tape *t) {
    free(t->tokens);
    free(t->key_text);
    *t = (tape){0};
}

void tape_begin(tape *t) {
    bool is_large = t->capacity > KEPT_CAPACITY || t->key_text_capacity > KEPT_KEY_TEXT;
    if (is_large && t->count <= KEPT_CAPACITY && t->key_text_length <= KEPT_KEY_TEXT) {
        if (++t->modest_messages >= MODEST_MESSAGES) {
            free(t->tokens);
            free(t->key_text);
            *t = (tape){.max_depth = t->max_depth, .max_tokens = t->max_tokens};
        }
    } else {
        t->modest_messages = 0;
    }
    t->count = 0;
    t->key_text_length = 0;
    t->has_long_run = false;
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

// MARK: - Integer keys

tape_status tape_name_integer(tape *t, uint32_t index) {
    if (t->key_text_capacity - t->key_text_length < LONGEST_INTEGER) {
        // The texts of integer keys are at most twice as long as the message, so its size bounds this growth.
        uint32_t capacity = t->key_text_capacity ? t->key_text_capacity * 2 : 256;
        char *text = realloc(t->key_text, capacity);
        if (!text) return TAPE_OUT_OF_MEMORY;
        t->key_text = text;
        t->key_text_capacity = capacity;
    }
    tape_token *token = &t->tokens[index];
    bool is_negative = token->kind == TAPE_INT && (int64_t)token->bits < 0;
    uint64_t rest = is_negative ? 0 - token->bits : token->bits;
    char digits[LONGEST_INTEGER];
    uint32_t length = 0;
    do {
        digits[LONGEST_INTEGER - ++length] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (is_negative) digits[LONGEST_INTEGER - ++length] = '-';
    memcpy(t->key_text + t->key_text_length, digits + LONGEST_INTEGER - length, length);
    *token = (tape_token){.kind = TAPE_STRING, .is_offset = 1, .length = length, .bits = t->key_text_length};
    t->key_text_length += length;
    return TAPE_OK;
}

void tape_end(tape *t) {
    if (t->key_text_length == 0) return;
    for (uint32_t i = 0; i < t->count; i++) {
        tape_token *token = &t->tokens[i];
        if (!token->is_offset) continue;
        token->bits += (uintptr_t)t->key_text;
        token->is_offset = 0;
    }
}
