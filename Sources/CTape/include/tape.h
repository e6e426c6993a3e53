#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The kinds of tokens. Both codecs write the same kinds, so both share one reader.
enum {
    TAPE_NULL = 0,
    TAPE_FALSE = 1,
    TAPE_TRUE = 2,
    TAPE_INT = 3,       ///< `bits` is an int64_t
    TAPE_UINT = 4,      ///< `bits` is a uint64_t above INT64_MAX
    TAPE_DOUBLE = 5,    ///< `bits` is an IEEE 754 double
    TAPE_STRING = 6,    ///< `length` bytes of valid UTF-8 at the address `bits`
    TAPE_BYTES = 7,     ///< `length` bytes at the address `bits`
    TAPE_EXTENSION = 8, ///< `length` bytes at the address `bits`; `type` is the extension's type
    TAPE_ARRAY = 9,     ///< `length` elements; `bits` is the number of tokens, including this one
    TAPE_MAP = 10,      ///< `length` pairs of a string and a value; `bits` is the number of tokens, including this one
};

/// A token of 16 bytes. A container states how many tokens to skip, so a pointer to a token is sufficient as a cursor.
typedef struct {
    uint8_t kind;
    int8_t type;
    uint16_t is_offset; ///< 1 if `bits` is an offset into `key_text`: between `tape_name_integer` and `tape_end`
    uint32_t length;
    uint64_t bits;
} tape_token;

/// The result of parsing a message onto a tape.
typedef enum {
    TAPE_OK = 0,
    TAPE_MALFORMED = 1,     ///< violates the codec's grammar, has a number out of range, or has bytes after the value
    TAPE_TRUNCATED = 2,     ///< ends before the value does, or a container claims more elements than there are
    TAPE_TOO_DEEP = 3,
    TAPE_TOO_MANY = 4,      ///< more tokens than `max_tokens`
    TAPE_INVALID_UTF8 = 5,
    TAPE_INVALID_KEY = 6,   ///< a map has a key that is neither a string nor an integer
    TAPE_OUT_OF_MEMORY = 7,
    TAPE_RUN_TOO_LONG = 8,  ///< a string has a run that `text_check` rejects; the tape is complete, see `has_long_run`
} tape_status;

/// The maximum nesting depth of any tape; `max_depth` may be lower.
enum { TAPE_DEEPEST = 64 };

/// A growing, reused array of tokens. The bytes of a string remain in the message (MessagePack), in the parser's string
/// buffer (JSON), or in `key_text` (integer keys). They are valid until the next parse.
typedef struct {
    tape_token *tokens;
    uint32_t count;
    uint32_t capacity;
    uint32_t max_depth;
    uint32_t max_tokens;
    char *key_text; ///< the decimal texts of integer keys, which are not in the message
    uint32_t key_text_length;
    uint32_t key_text_capacity;
    uint32_t modest_messages; ///< consecutive messages that needed no more than the tape always keeps
    bool has_long_run; ///< a string has a run that `text_check` rejects; such strings are empty on the tape
} tape;

/// Returns a null token that is valid for the lifetime of the program. Never NULL.
const tape_token *tape_null(void);

void tape_init(tape *t, uint32_t max_depth, uint32_t max_tokens);
void tape_destroy(tape *t);

/// Empties the tape for the next message. Releases the memory that a large message required after 16 small messages in
/// a row.
void tape_begin(tape *t);

/// Reserves one more token and returns it, or NULL if the tape has `max_tokens` tokens or memory is exhausted.
tape_token *tape_grow(tape *t);

static inline tape_token *tape_push(tape *t) {
    if (t->count < t->capacity) return &t->tokens[t->count++];
    return tape_grow(t);
}

/// Replaces the integer token at `index` with a string token of its decimal text. The address is an offset into
/// `key_text` until `tape_end`, because that buffer may move when it grows.
tape_status tape_name_integer(tape *t, uint32_t index);

/// Replaces the offsets of integer keys with addresses.
void tape_end(tape *t);

/// Whether a string token equals `text`.
static inline bool tape_token_is(const tape_token *token, const char *text, size_t length) {
    return token->length == length && memcmp((const void *)(uintptr_t)token->bits, text, length) == 0;
}

#ifdef __cplusplus
}
#endif
