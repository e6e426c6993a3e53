#pragma once
#if !__has_include(<zlib.h>)
#error "Webshocket needs zlib: apt-get install zlib1g-dev, or brew install zlib"
#endif
#include <zlib.h>

// Functions for macros that Swift cannot import. Negative window bits select raw deflate, without zlib's header and
// checksum, as RFC 7692 requires. A memory level of 8 is zlib's default.

static inline int webshocket_deflate_init(z_stream *_Nonnull stream, int level, int windowBits) {
    return deflateInit2(stream, level, Z_DEFLATED, -windowBits, 8, Z_DEFAULT_STRATEGY);
}

static inline int webshocket_inflate_init(z_stream *_Nonnull stream, int windowBits) {
    return inflateInit2(stream, -windowBits);
}
