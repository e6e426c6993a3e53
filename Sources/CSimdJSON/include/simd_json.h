#pragma once
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A parser with simdjson's buffers, which are reused for each message.
typedef struct simd_json_parser simd_json_parser;

/// Creates a parser. Returns NULL if memory is exhausted.
simd_json_parser *simd_json_create(void);
void simd_json_destroy(simd_json_parser *parser);

/// Parses one whole JSON text (RFC 8259, without a byte order mark) onto the tape. Strings are valid until the parser's
/// next message; `bytes` need not outlive the call. Integers above uint64 or below int64 become doubles; a number
/// beyond the range of a double is TAPE_MALFORMED.
tape_status simd_json_parse(simd_json_parser *parser, tape *t, const uint8_t *bytes, size_t length);

/// The number of bytes of JSON for which the parser has reserved memory; for tests.
size_t simd_json_capacity(const simd_json_parser *parser);

#ifdef __cplusplus
}
#endif
