#pragma once
#include <string.h>

// The constant parts of a packet. Each is written with a single copy.
#define MESSAGEPACK_LITERAL(name, text)                  \
    enum { name##_length = sizeof(text) - 1 };           \
    static inline void name(void *to) {                  \
        memcpy(to, text, sizeof(text) - 1);              \
    }

// A packet with two keys, and the given number of keys in its `rpc`, which is the byte at
// `messagepack_rpc_count_offset`.
MESSAGEPACK_LITERAL(messagepack_response_head,
    "\x82\xa6source\x05\xa3rpc\x86\xa4type\xa8response\xa7" "call_id")
MESSAGEPACK_LITERAL(messagepack_request_head,
    "\x82\xa6source\x05\xa3rpc\x85\xa4type\xa7request\xa6method")
enum { messagepack_rpc_count_offset = 13 };

MESSAGEPACK_LITERAL(messagepack_response_key, "\xa8response")
// No error, and both booleans are false. The encoding of true is that of false plus one.
MESSAGEPACK_LITERAL(messagepack_success_tail, "\xa5" "error\xc0\xa9is_stream\xc2\xa6is_end\xc2")
enum { messagepack_is_stream_offset = 17, messagepack_is_end_offset = 25 };

#undef MESSAGEPACK_LITERAL
