#pragma once
#include <stddef.h>
#include <stdint.h>

/// What one token of a tape is. Both codecs write the same kinds, so that one reader serves both.
enum {
    TAPE_NULL = 0,
    TAPE_FALSE = 1,
    TAPE_TRUE = 2,
    TAPE_INT = 3,       ///< `bits` is an int64_t
    TAPE_UINT = 4,      ///< `bits` is a uint64_t above INT64_MAX
    TAPE_DOUBLE = 5,    ///< `bits` is an IEEE 754 double
    TAPE_STRING = 6,    ///< `length` bytes of valid UTF-8 at offset `bits` of the tape's text
    TAPE_BYTES = 7,     ///< `length` bytes at offset `bits` of the tape's text
    TAPE_EXTENSION = 8, ///< as bytes; `type` is the extension's type
    TAPE_ARRAY = 9,     ///< `length` elements; `bits` is the index of the token behind the array
    TAPE_MAP = 10,      ///< `length` pairs of a string token and a value; `bits` as for an array
};

/// One token: 16 bytes.
typedef struct {
    uint8_t kind;
    int8_t type;
    uint16_t reserved;
    uint32_t length;
    uint64_t bits;
} tape_token;

/// Why a message could not be put on the tape.
typedef enum {
    TAPE_OK = 0,
    TAPE_MALFORMED = 1,     ///< not of the codec's grammar, or bytes behind the value
    TAPE_TRUNCATED = 2,     ///< ends before the value does, or a container claims more than is there
    TAPE_TOO_DEEP = 3,
    TAPE_TOO_MANY = 4,      ///< more tokens than `max_tokens`
    TAPE_INVALID_UTF8 = 5,
    TAPE_INVALID_KEY = 6,   ///< a map's key that is neither a string nor an integer
    TAPE_OUT_OF_MEMORY = 7,
} tape_status;

/// A growing, reused array of tokens. The strings of a message stay where the codec put them: `text` points at
/// the message itself (MessagePack) or at the parser's own string buffer (JSON), and lives until the next parse.
typedef struct {
    tape_token *tokens;
    uint32_t count;
    uint32_t capacity;
    uint32_t max_depth;
    uint32_t max_tokens;
    const uint8_t *text;
} tape;

void tape_init(tape *t, uint32_t max_depth, uint32_t max_tokens);
void tape_destroy(tape *t);

/// Makes room for one more token and returns it, or NULL when the tape is at `max_tokens` or memory is out.
tape_token *tape_grow(tape *t);

static inline tape_token *tape_push(tape *t) {
    if (t->count < t->capacity) return &t->tokens[t->count++];
    return tape_grow(t);
}
