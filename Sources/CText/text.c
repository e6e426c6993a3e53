#include "text.h"

#include "scalar_classes.h"

// MARK: - Runs

/// The lengths of the runs that end at the current position: non-starters in the lower half, regional indicators in the
/// upper half.
typedef uint32_t runs;

/// The part of the preceding runs that a scalar of each class keeps.
static const runs kept[CLASS_COUNT] = {
    [CLASS_NON_STARTER] = 0x0000ffff,
    [CLASS_TWO_NON_STARTERS] = 0x0000ffff,
    [CLASS_REGIONAL_INDICATOR] = 0xffff0000,
};

/// The amount that a scalar of each class adds to the runs.
static const runs added[CLASS_COUNT] = {
    [CLASS_ONE_TRAILING] = 1,
    [CLASS_TWO_TRAILING] = 2,
    [CLASS_THREE_TRAILING] = 3,
    [CLASS_NON_STARTER] = 1,
    [CLASS_TWO_NON_STARTERS] = 2,
    [CLASS_REGIONAL_INDICATOR] = 0x00010000,
};

static inline uint8_t class_of(uint32_t scalar) {
    if (scalar >= CLASSES_END) return CLASS_STARTER;
    return (uint8_t)(class_blocks[class_index[scalar >> 7]][(scalar & 0x7f) >> 4] >> (scalar & 0xf) * 4 & 0xf);
}

/// Adds a scalar to the runs.
/// - Returns: False if a run is too long.
static inline bool extend(runs *r, uint32_t scalar) {
    const uint8_t class = class_of(scalar);
    *r = (*r & kept[class]) + added[class];
    // Adding the bias sets the top bit of a half whose run is too long.
    const runs bias = (0x7fffu - TEXT_MAX_REGIONAL_INDICATORS) << 16 | (0x7fffu - TEXT_MAX_NON_STARTERS);
    return ((*r + bias) & 0x80008000u) == 0;
}

// MARK: - UTF-8

/// Skips ASCII, 32 bytes at a time.
static inline size_t skip_ascii(const uint8_t *bytes, size_t i, size_t length) {
    while (length - i >= 32) {
        uint64_t words[4];
        memcpy(words, bytes + i, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u) break;
        i += 32;
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (length - i >= 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        const uint64_t high = word & 0x8080808080808080u;
        if (high) return i + ((size_t)__builtin_ctzll(high) >> 3);
        i += 8;
    }
#endif
    while (i < length && bytes[i] < 0x80) i++;
    return i;
}

/// Whether a byte begins only three-byte scalars that are starters and decompose to starters: U+4000 to U+9FFF, and
/// U+B000 to U+CFFF. They include most Chinese, Japanese and Korean text.
static inline bool begins_ideographs(uint8_t first) {
    return (first >= 0xe4 && first <= 0xe9) || first == 0xeb || first == 0xec;
}

static inline bool continues(uint8_t byte) { return (byte & 0xc0) == 0x80; }

/// Decodes the scalar at `bytes`, which is not ASCII, according to RFC 3629, section 4.
/// - Returns: The number of bytes of the scalar, or 0 if they are not UTF-8.
static inline size_t decode(const uint8_t *bytes, size_t left, uint32_t *scalar) {
    const uint8_t first = bytes[0];
    if (first < 0xe0) {
        if (first < 0xc2 || left < 2 || !continues(bytes[1])) return 0;
        *scalar = (uint32_t)(first & 0x1f) << 6 | (bytes[1] & 0x3f);
        return 2;
    }
    if (first < 0xf0) {
        if (left < 3 || !continues(bytes[1]) || !continues(bytes[2])) return 0;
        *scalar = (uint32_t)(first & 0x0f) << 12 | (uint32_t)(bytes[1] & 0x3f) << 6 | (bytes[2] & 0x3f);
        return *scalar < 0x800 || *scalar >> 11 == 0xd800 >> 11 ? 0 : 3;
    }
    if (first > 0xf4 || left < 4 || !continues(bytes[1]) || !continues(bytes[2]) || !continues(bytes[3])) return 0;
    *scalar = (uint32_t)(first & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3f) << 12 | (uint32_t)(bytes[2] & 0x3f) << 6
        | (bytes[3] & 0x3f);
    return *scalar < 0x10000 || *scalar > 0x10ffff ? 0 : 4;
}

static inline __attribute__((always_inline)) text_verdict check(const uint8_t *bytes, size_t length, bool is_lenient) {
    runs r = 0;
    size_t i = 0;
    while (i < length) {
        if (bytes[i] < 0x80) {
            i = skip_ascii(bytes, i, length);
            r = 0;
            continue;
        }
        if (begins_ideographs(bytes[i]) && length - i >= 3 && continues(bytes[i + 1]) && continues(bytes[i + 2])) {
            r = 0;
            i += 3;
            continue;
        }
        uint32_t scalar;
        const size_t size = decode(bytes + i, length - i, &scalar);
        if (size == 0) {
            if (!is_lenient) return TEXT_NOT_UTF8;
            r = 0;
            i++;
            continue;
        }
        if (!extend(&r, scalar)) return TEXT_RUN_TOO_LONG;
        i += size;
    }
    return TEXT_OK;
}

text_verdict text_check(const uint8_t *bytes, size_t length) { return check(bytes, length, false); }

bool text_has_short_runs(const uint8_t *bytes, size_t length) { return check(bytes, length, true) == TEXT_OK; }

text_scalar text_scalar_properties(uint32_t scalar) {
    const uint8_t class = class_of(scalar);
    const bool is_regional_indicator = class == CLASS_REGIONAL_INDICATOR;
    return (text_scalar){
        .leading = kept[class] == 0x0000ffff ? (uint8_t)added[class] : 0,
        .trailing = is_regional_indicator ? 0 : (uint8_t)added[class],
        .is_regional_indicator = is_regional_indicator,
    };
}
