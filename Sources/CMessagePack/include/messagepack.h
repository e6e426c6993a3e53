#pragma once
#include "messagepack_literals.h"
#include "tape.h"

/// Parses one whole MessagePack value onto the tape. Strings and bytes remain in the message, which must outlive all
/// readers of the tape.
tape_status messagepack_parse(tape *t, const uint8_t *bytes, size_t length);
