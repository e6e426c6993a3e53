#include "simd_json.h"

#include <simdjson.h>
#include <text.h>

#include "wide_integers.hpp"

namespace {

constexpr size_t smallest_capacity = 1024;
/// The message size for which idle buffers are kept. They take about ten times as much memory, mostly for structural
/// indexes.
constexpr size_t kept_capacity = 64 * 1024;
constexpr unsigned modest_messages_before_release = 16;

tape_status status_of(simdjson::error_code error) noexcept {
    switch (error) {
    case simdjson::SUCCESS: return TAPE_OK;
    case simdjson::EMPTY:
    case simdjson::UNCLOSED_STRING: return TAPE_TRUNCATED;
    case simdjson::DEPTH_ERROR: return TAPE_TOO_DEEP;
    case simdjson::UTF8_ERROR: return TAPE_INVALID_UTF8;
    case simdjson::MEMALLOC: return TAPE_OUT_OF_MEMORY;
    default: return TAPE_MALFORMED;
    }
}

/// Whether a message is ASCII without escapes, so its strings need no check. Zeros follow it as padding, so no
/// remainder has to be read byte by byte.
bool is_plain(const uint8_t *padded, size_t length) noexcept {
    typedef uint8_t block __attribute__((vector_size(32)));
    static_assert(simdjson::SIMDJSON_PADDING >= sizeof(block), "the last block ends within the padding");
    block seen = {};
    for (size_t i = 0; i < length; i += sizeof(block)) {
        block next;
        std::memcpy(&next, padded + i, sizeof next);
        seen |= next | reinterpret_cast<block>(next == '\\');
    }
    uint64_t words[4];
    std::memcpy(words, &seen, sizeof words);
    return ((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u) == 0;
}

/// Copies simdjson's tape (see its doc/tape.md), which simdjson has validated. Never recurses.
/// - Parameter is_plain: Whether the message is ASCII without escapes, so its strings need no check.
tape_status copy_tape(const simdjson::dom::document &document, tape *t, bool is_plain) noexcept {
    constexpr uint64_t payload_mask = 0x00ffffffffffffff;
    const uint64_t *words = document.tape.get();
    const uint8_t *strings = document.string_buf.get();
    uint32_t open[TAPE_DEEPEST];
    uint32_t depth = 0;
    const size_t end = (words[0] & payload_mask) - 1;
    for (size_t i = 1; i < end; i++) {
        const uint64_t payload = words[i] & payload_mask;
        const char type = static_cast<char>(words[i] >> 56);
        if (type == ']' || type == '}') {
            depth--;
            t->tokens[open[depth]].bits = t->count - open[depth];
            continue;
        }
        tape_token *token = tape_push(t);
        if (!token) return t->count < t->max_tokens ? TAPE_OUT_OF_MEMORY : TAPE_TOO_MANY;
        *token = tape_token{};
        switch (type) {
        case '"': {
            uint32_t length;
            std::memcpy(&length, strings + payload, sizeof length);
            token->kind = TAPE_STRING;
            token->length = length;
            token->bits = reinterpret_cast<uintptr_t>(strings + payload + sizeof length);
            // Checks the decoded text, not the message, because an escape can represent any scalar.
            if (!is_plain && text_check_short(strings + payload + sizeof length, length) != TEXT_OK) {
                t->has_long_run = true;
                token->length = 0;
            }
            break;
        }
        case '[':
        case '{':
            if (depth >= t->max_depth) return TAPE_TOO_DEEP;
            token->kind = type == '[' ? TAPE_ARRAY : TAPE_MAP;
            // simdjson's count saturates at 2^24 - 1. That is far above any `max_tokens` whose tape fits in memory.
            token->length = static_cast<uint32_t>(payload >> 32);
            open[depth++] = t->count - 1;
            break;
        case 'l':
            token->kind = TAPE_INT;
            token->bits = words[++i];
            break;
        case 'u':
            token->kind = TAPE_UINT;
            token->bits = words[++i];
            break;
        case 'd':
            token->kind = TAPE_DOUBLE;
            token->bits = words[++i];
            break;
        case 't': token->kind = TAPE_TRUE; break;
        case 'f': token->kind = TAPE_FALSE; break;
        case 'n': token->kind = TAPE_NULL; break;
        default: return TAPE_MALFORMED;
        }
    }
    return t->has_long_run ? TAPE_RUN_TOO_LONG : TAPE_OK;
}

}  // namespace

struct simd_json_parser {
    simdjson::dom::parser dom;
    std::unique_ptr<uint8_t[]> padded;
    size_t capacity = 0;
    unsigned modest_messages = 0;

    /// Reserves memory for a message. Releases the memory that a large message required after enough small messages in
    /// a row.
    simdjson::error_code make_room(size_t length) noexcept {
        if (capacity > kept_capacity && length <= kept_capacity) {
            if (++modest_messages >= modest_messages_before_release) release();
        } else {
            modest_messages = 0;
        }
        if (length <= capacity) return simdjson::SUCCESS;
        size_t wanted = smallest_capacity;
        while (wanted < length && wanted < kept_capacity) wanted *= 2;
        if (wanted < length) wanted = length;
        padded.reset(new (std::nothrow) uint8_t[wanted + simdjson::SIMDJSON_PADDING]);
        capacity = 0;
        if (!padded) return simdjson::MEMALLOC;
        auto error = dom.doc.allocate(wanted);
        if (!error) error = dom.allocate(wanted);
        if (!error) capacity = wanted;
        return error;
    }

    void release() noexcept {
        dom = simdjson::dom::parser();
        padded.reset();
        capacity = 0;
        modest_messages = 0;
    }

    simdjson::error_code parse(const uint8_t *bytes, size_t length) noexcept {
        std::memcpy(padded.get(), bytes, length);
        std::memset(padded.get() + length, 0, simdjson::SIMDJSON_PADDING);
        return dom.parse(padded.get(), length, false).error();
    }

    /// Parses a message again after simdjson rejected its numbers.
    simdjson::error_code parse_wide(const uint8_t *bytes, size_t length) noexcept {
        wide_integers wide;
        if (!wide.rewrite(bytes, length, simdjson::SIMDJSON_PADDING)) return simdjson::MEMALLOC;
        if (!wide.found) return simdjson::NUMBER_ERROR;
        return dom.parse(wide.bytes.get(), wide.length, false).error();
    }
};

simd_json_parser *simd_json_create(void) { return new (std::nothrow) simd_json_parser; }

void simd_json_destroy(simd_json_parser *parser) { delete parser; }

size_t simd_json_capacity(const simd_json_parser *parser) { return parser->dom.doc.capacity(); }

tape_status simd_json_parse(simd_json_parser *parser, tape *t, const uint8_t *bytes, size_t length) {
    tape_begin(t);
    if (length == 0) return TAPE_TRUNCATED;
    // Some versions of simdjson skip a byte order mark, and others reject it.
    if (length >= 3 && std::memcmp(bytes, "\xef\xbb\xbf", 3) == 0) return TAPE_MALFORMED;
    auto error = parser->make_room(length);
    if (!error) error = parser->parse(bytes, length);
    if (error == simdjson::NUMBER_ERROR) error = parser->parse_wide(bytes, length);
    return error ? status_of(error) : copy_tape(parser->dom.doc, t, is_plain(parser->padded.get(), length));
}
