#pragma once
#include <string.h>

// The parts of a packet that never change, whole: each is written by one copy of a constant.
#define MESSAGEPACK_LITERAL(name, text)                  \
    enum { name##_length = sizeof(text) - 1 };           \
    static inline void name(void *to) {                  \
        memcpy(to, text, sizeof(text) - 1);              \
    }

// A packet of two keys, and of six keys in its `rpc`. The count of the latter is the byte at `..._count_offset`.
MESSAGEPACK_LITERAL(messagepack_response_head,
    "\x82\xa6source\x05\xa3rpc\x86\xa4type\xa8response\xa7" "call_id")
MESSAGEPACK_LITERAL(messagepack_request_head,
    "\x82\xa6source\x05\xa3rpc\x85\xa4type\xa7request\xa6method")
enum { messagepack_rpc_count_offset = 13 };

MESSAGEPACK_LITERAL(messagepack_response_key, "\xa8response")
// No error, and both booleans false; true is one more than false.
MESSAGEPACK_LITERAL(messagepack_success_tail, "\xa5" "error\xc0\xa9is_stream\xc2\xa6is_end\xc2")
enum { messagepack_is_stream_offset = 17, messagepack_is_end_offset = 25 };

#undef MESSAGEPACK_LITERAL
