#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

/// JSON in which every integer that fits in neither int64 nor uint64 is written as a double. JavaScript prints 1e20 as
/// 100000000000000000000, which simdjson rejects; it accepts `100000000000000000000.0`.
struct wide_integers {
    std::unique_ptr<uint8_t[]> bytes;
    size_t length = 0;
    bool found = false;

    /// Rewrites a text, and allocates `padding` bytes after it. Strings are copied unchanged. Invalid JSON remains
    /// invalid.
    bool rewrite(const uint8_t *in, size_t count, size_t padding) noexcept {
        // Reserves two bytes for each wide integer, which has at least 19 digits.
        bytes.reset(new (std::nothrow) uint8_t[count + count / 8 + padding + 2]());
        if (!bytes) return false;
        uint8_t *out = bytes.get();
        for (size_t i = 0; i < count;) {
            size_t start = i;
            if (in[i] == '"') {
                for (i++; i < count && in[i] != '"'; i++)
                    if (in[i] == '\\') i++;
                i = i < count ? i + 1 : count;
                out = copy(out, in + start, i - start);
            } else if (is_numeric(in[i])) {
                while (i < count && is_numeric(in[i])) i++;
                out = copy(out, in + start, i - start);
                if (is_too_wide(in + start, i - start)) {
                    out = copy(out, reinterpret_cast<const uint8_t *>(".0"), 2);
                    found = true;
                }
            } else {
                *out++ = in[i++];
            }
        }
        length = static_cast<size_t>(out - bytes.get());
        return true;
    }

private:
    static uint8_t *copy(uint8_t *to, const uint8_t *from, size_t count) noexcept {
        std::memcpy(to, from, count);
        return to + count;
    }

    static bool is_digit(uint8_t byte) noexcept { return byte >= '0' && byte <= '9'; }

    static bool is_numeric(uint8_t byte) noexcept {
        return is_digit(byte) || byte == '-' || byte == '+' || byte == '.' || byte == 'e' || byte == 'E';
    }

    static bool is_too_wide(const uint8_t *text, size_t count) noexcept {
        bool is_negative = text[0] == '-';
        const uint8_t *digits = text + is_negative;
        size_t width = count - is_negative;
        for (size_t i = 0; i < width; i++)
            if (!is_digit(digits[i])) return false;
        const char *limit = is_negative ? "9223372036854775808" : "18446744073709551615";
        size_t limit_width = std::strlen(limit);
        return width > limit_width || (width == limit_width && std::memcmp(digits, limit, width) > 0);
    }
};
