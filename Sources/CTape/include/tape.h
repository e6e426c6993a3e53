#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What one token of a tape is. Both codecs write the same kinds, so that one reader serves both.
enum {
    TAPE_NULL = 0,
    TAPE_FALSE = 1,
    TAPE_TRUE = 2,
    TAPE_INT = 3,       ///< `bits` is an int64_t
    TAPE_UINT = 4,      ///< `bits` is a uint64_t above INT64_MAX
    TAPE_DOUBLE = 5,    ///< `bits` is an IEEE 754 double
    TAPE_STRING = 6,    ///< `length` bytes of valid UTF-8 at the address `bits`
    TAPE_BYTES = 7,     ///< `length` bytes at the address `bits`
    TAPE_EXTENSION = 8, ///< as bytes; `type` is the extension's type
    TAPE_ARRAY = 9,     ///< `length` elements; `bits` counts the array's tokens, itself included
    TAPE_MAP = 10,      ///< `length` pairs of a string token and a value; `bits` as for an array
};

/// One token: 16 bytes. A container says how many tokens to step over, so a pointer to a token is a whole cursor.
typedef struct {
    uint8_t kind;
    int8_t type;
    uint16_t is_offset; ///< 1 while `bits` is an offset into the tape's `key_text`, from `tape_name_integer` to `tape_end`
    uint32_t length;
    uint64_t bits;
} tape_token;

/// Why a message could not be put on the tape.
typedef enum {
    TAPE_OK = 0,
    TAPE_MALFORMED = 1,     ///< not of the codec's grammar, a number out of range, or bytes behind the value
    TAPE_TRUNCATED = 2,     ///< ends before the value does, or a container claims more than is there
    TAPE_TOO_DEEP = 3,
    TAPE_TOO_MANY = 4,      ///< more tokens than `max_tokens`
    TAPE_INVALID_UTF8 = 5,
    TAPE_INVALID_KEY = 6,   ///< a map's key that is neither a string nor an integer
    TAPE_OUT_OF_MEMORY = 7,
    TAPE_RUN_TOO_LONG = 8,  ///< a string has a run that `text_check` refuses; the tape is whole, see `has_long_run`
} tape_status;

/// The deepest nesting that any tape can hold; `max_depth` may be lower.
enum { TAPE_DEEPEST = 64 };

/// A growing, reused array of tokens. The strings of a message stay where the codec put them: in the message itself
/// (MessagePack), in the parser's own string buffer (JSON) or, for integer keys, in `key_text`. All of it lives until
/// the next parse.
typedef struct {
    tape_token *tokens;
    uint32_t count;
    uint32_t capacity;
    uint32_t max_depth;
    uint32_t max_tokens;
    char *key_text; ///< the decimal texts of integer keys, which stand nowhere in the message
    uint32_t key_text_length;
    uint32_t key_text_capacity;
    uint32_t modest_messages; ///< in a row that would have done with less than what the tape keeps
    bool has_long_run; ///< a string has a run that `text_check` refuses; such strings are on the tape as empty ones
} tape;

/// A token of null that lives as long as the program. Never NULL.
const tape_token *tape_null(void);

void tape_init(tape *t, uint32_t max_depth, uint32_t max_tokens);
void tape_destroy(tape *t);

/// Empties the tape for the next message, and lets go of what one large message left behind once 16 modest ones
/// came after it.
void tape_begin(tape *t);

/// Makes room for one more token and returns it, or NULL when the tape is at `max_tokens` or memory is out.
tape_token *tape_grow(tape *t);

static inline tape_token *tape_push(tape *t) {
    if (t->count < t->capacity) return &t->tokens[t->count++];
    return tape_grow(t);
}

/// Turns the integer token at `index` into a string token of its decimal text. The address is an offset into
/// `key_text` until `tape_end`, since that buffer may move while it grows.
tape_status tape_name_integer(tape *t, uint32_t index);

/// Puts addresses in place of the offsets of integer keys.
void tape_end(tape *t);

/// Whether a string token holds exactly `text`.
static inline bool tape_token_is(const tape_token *token, const char *text, size_t length) {
    return token->length == length && memcmp((const void *)(uintptr_t)token->bits, text, length) == 0;
}

#ifdef __cplusplus
}
#endif
