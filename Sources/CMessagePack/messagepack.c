#include "messagepack.h"

#include <text.h>

// The template rejects a container that does not fit on this stack, so this limits the depth.
#define MSGPACK_EMBED_STACK_SIZE TAPE_DEEPEST
#include <msgpack/unpack_define.h>
#include <msgpack/unpack.h>

// Without this, clang does not inline the callbacks of the rarer types, which slows down every token.
#define INLINE static inline __attribute__((always_inline))

/// The state that the template passes to every callback. It holds copies of the tape's fields, so a token costs one
/// load and three stores.
typedef struct {
    tape_token *tokens;
    tape_token *next;
    tape_token *end;
    tape *tape;
    const uint8_t *bytes;
    uint64_t promised; ///< the number of elements in all containers so far; each becomes one token
    tape_status status;
} reader;

/// The template's "object" is the index of a token.
typedef uint32_t token_index;

static int refuse(reader *r, tape_status status) {
    r->status = status;
    return MSGPACK_UNPACK_PARSE_ERROR;
}

INLINE uint32_t count_of(const reader *r) { return (uint32_t)(r->next - r->tokens); }

static void borrow_tokens(reader *r) {
    r->tokens = r->tape->tokens;
    r->next = r->tokens + r->tape->count;
    r->end = r->tokens + r->tape->capacity;
}

static __attribute__((noinline)) int grow(reader *r) {
    r->tape->count = count_of(r);
    if (!tape_grow(r->tape)) return refuse(r, r->tape->count < r->tape->max_tokens ? TAPE_OUT_OF_MEMORY : TAPE_TOO_MANY);
    r->tape->count--;
    borrow_tokens(r);
    return 0;
}

INLINE int push_typed(
    reader *r, uint8_t kind, int8_t type, uint32_t length, uint64_t bits, token_index *index
) {
    if (r->next == r->end && grow(r) < 0) return MSGPACK_UNPACK_PARSE_ERROR;
    *index = count_of(r);
    *r->next++ = (tape_token){.kind = kind, .type = type, .length = length, .bits = bits};
    return 0;
}

INLINE int push(reader *r, uint8_t kind, uint32_t length, uint64_t bits, token_index *index) {
    return push_typed(r, kind, 0, length, bits, index);
}

/// Begins a container. `left` is the number of bytes after the container's header, and `depth` the number of enclosing
/// containers. An element takes at least one byte, so the pending elements of all open containers must not exceed
/// `left`. Therefore a chain of large arrays fails at its second header, before memory is reserved for it.
INLINE int open_container(
    reader *r, uint8_t kind, uint32_t count, uint32_t per_element, token_index *index, size_t left, uint32_t depth
) {
    if (depth >= r->tape->max_depth) return refuse(r, TAPE_TOO_DEEP);
    int result = push(r, kind, count, 1, index);
    if (result < 0) return result;
    r->promised += (uint64_t)count * per_element;
    if (1 + r->promised - count_of(r) > left) return refuse(r, TAPE_TRUNCATED);
    if (1 + r->promised > r->tape->max_tokens) return refuse(r, TAPE_TOO_MANY);
    return 0;
}

INLINE void extend_container(reader *r, const token_index *index) {
    r->tokens[*index].bits = count_of(r) - *index;
}

// MARK: - Callbacks

INLINE token_index on_root(reader *r) {
    (void)r;
    return 0;
}

#define ON_SIGNED(name, type) \
    INLINE int name(reader *r, type value, token_index *o) { \
        return push(r, TAPE_INT, 0, (uint64_t)(int64_t)value, o); \
    }
ON_SIGNED(on_uint8, uint8_t)
ON_SIGNED(on_uint16, uint16_t)
ON_SIGNED(on_uint32, uint32_t)
ON_SIGNED(on_int8, int8_t)
ON_SIGNED(on_int16, int16_t)
ON_SIGNED(on_int32, int32_t)
ON_SIGNED(on_int64, int64_t)

INLINE int on_uint64(reader *r, uint64_t value, token_index *o) {
    return push(r, value > INT64_MAX ? TAPE_UINT : TAPE_INT, 0, value, o);
}

INLINE int on_double(reader *r, double value, token_index *o) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return push(r, TAPE_DOUBLE, 0, bits, o);
}

INLINE int on_float(reader *r, float value, token_index *o) { return on_double(r, value, o); }
INLINE int on_nil(reader *r, token_index *o) { return push(r, TAPE_NULL, 0, 0, o); }
INLINE int on_true(reader *r, token_index *o) { return push(r, TAPE_TRUE, 0, 0, o); }
INLINE int on_false(reader *r, token_index *o) { return push(r, TAPE_FALSE, 0, 0, o); }

/// The template leaves `p` undefined for an empty string. Any address within the message is valid then.
INLINE uint64_t address(reader *r, const char *p, unsigned int length) {
    return (uint64_t)(uintptr_t)(length ? (const void *)p : (const void *)r->bytes);
}

INLINE int on_str(reader *r, const char *base, const char *p, unsigned int length, token_index *o) {
    (void)base;
    const text_verdict verdict = text_check_short((const uint8_t *)p, length);
    if (__builtin_expect(verdict != TEXT_OK, 0)) {
        if (verdict == TEXT_NOT_UTF8) return refuse(r, TAPE_INVALID_UTF8);
        r->tape->has_long_run = true;
        length = 0;
    }
    return push(r, TAPE_STRING, length, address(r, p, length), o);
}

INLINE int on_bin(reader *r, const char *base, const char *p, unsigned int length, token_index *o) {
    (void)base;
    return push(r, TAPE_BYTES, length, address(r, p, length), o);
}

/// `length` includes the byte of the type. It is 0 only if the template's own sum overflowed: for an ext 32 that claims
/// 2^32 - 1 bytes.
INLINE int on_ext(reader *r, const char *base, const char *p, unsigned int length, token_index *o) {
    (void)base;
    if (length == 0) return refuse(r, TAPE_TRUNCATED);
    return push_typed(r, TAPE_EXTENSION, (int8_t)*p, length - 1, address(r, p + 1, length - 1), o);
}

INLINE int on_array_item(reader *r, token_index *container, token_index item) {
    (void)item;
    extend_container(r, container);
    return 0;
}

INLINE int on_map_item(reader *r, token_index *container, token_index key, token_index item) {
    (void)item;
    extend_container(r, container);
    uint8_t kind = r->tokens[key].kind;
    if (kind == TAPE_STRING) return 0;
    if (kind != TAPE_INT && kind != TAPE_UINT) return refuse(r, TAPE_INVALID_KEY);
    tape_status status = tape_name_integer(r->tape, key);
    return status == TAPE_OK ? 0 : refuse(r, status);
}

// `pe`, `p` and `top` are variables of the template, which does not pass the remaining length to the callbacks of
// containers. At the call, `p` points to the last byte of the header.
#define on_array(user, count, o) open_container(user, TAPE_ARRAY, count, 1, o, (size_t)(pe - p) - 1, top)
#define on_map(user, count, o) open_container(user, TAPE_MAP, count, 2, o, (size_t)(pe - p) - 1, top)

#define msgpack_unpack_struct(name) struct template##name
#define msgpack_unpack_func(result, name) static result template##name
#define msgpack_unpack_callback(name) on##name
#define msgpack_unpack_object token_index
#define msgpack_unpack_user reader

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#pragma clang diagnostic ignored "-Wcast-qual"
msgpack_unpack_struct(_context);
#include <msgpack/unpack_template.h>
#pragma clang diagnostic pop

tape_status messagepack_parse(tape *t, const uint8_t *bytes, size_t length) {
    tape_begin(t);
    struct template_context context;
    context.user = (reader){.tape = t, .bytes = bytes};
    borrow_tokens(&context.user);
    template_init(&context);
    size_t offset = 0;
    int result = template_execute(&context, (const char *)bytes, length, &offset);
    t->count = count_of(&context.user);
    if (context.user.status != TAPE_OK) return context.user.status;
    if (result == MSGPACK_UNPACK_NOMEM_ERROR) return TAPE_TOO_DEEP;
    if (result < 0) return TAPE_MALFORMED;
    if (result == 0) return TAPE_TRUNCATED;
    if (offset != length) return TAPE_MALFORMED;
    tape_end(t);
    return t->has_long_run ? TAPE_RUN_TOO_LONG : TAPE_OK;
}
