#pragma once
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/// simdjson's buffers, reused from message to message.
typedef struct simd_json_parser simd_json_parser;

/// NULL when memory is out.
simd_json_parser *simd_json_create(void);
void simd_json_destroy(simd_json_parser *parser);

/// Parses one whole JSON text (RFC 8259, no byte order mark) onto the tape. Strings live in the parser until its next
/// message; `bytes` is not needed any more. Integers beyond uint64 become doubles; a number beyond a double is
/// TAPE_MALFORMED.
tape_status simd_json_parse(simd_json_parser *parser, tape *t, const uint8_t *bytes, size_t length);

/// How many bytes of JSON the parser's buffers hold now; for tests.
size_t simd_json_capacity(const simd_json_parser *parser);

#ifdef __cplusplus
}
#endif
