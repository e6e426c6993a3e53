#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The longest runs that text from a peer may have; see Protocol.md, "Text".
///
/// Non-starters are scalars whose canonical combining class is not 0. Hashing, comparing and sorting a Swift `String`
/// takes quadratic time in the length of a run of non-starters. Iterating backwards over a run of regional indicators
/// also takes quadratic time.
enum {
    /// Counted in the compatibility decomposition, as in the Stream-Safe Text Format (Unicode UAX #15, section 13).
    TEXT_MAX_NON_STARTERS = 30,
    /// U+1F1E6 to U+1F1FF. Two of them form a flag.
    TEXT_MAX_REGIONAL_INDICATORS = 256,
};

typedef enum {
    TEXT_OK = 0,
    TEXT_NOT_UTF8 = 1,
    TEXT_RUN_TOO_LONG = 2,
} text_verdict;

/// Checks that the bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) and that no run
/// is too long. Stops at the first error. Takes linear time: about 2 ms for 1 MiB without ASCII, 0.05 ms for 1 MiB of
/// ASCII.
text_verdict text_check(const uint8_t *bytes, size_t length);

/// Checks that no run is too long in bytes that need not be UTF-8. An invalid byte ends a run, as does the replacement
/// character with which a decoder would repair it.
bool text_has_short_runs(const uint8_t *bytes, size_t length);

/// Checks text like `text_check`. Short ASCII, which includes most keys and names, is checked inline. The loads
/// overlap, so no length needs a loop over its last bytes.
static inline text_verdict text_check_short(const uint8_t *bytes, size_t length) {
    uint64_t head = 0, tail = 0;
    if (length > 16) return text_check(bytes, length);
    if (length >= 8) {
        memcpy(&head, bytes, 8);
        memcpy(&tail, bytes + length - 8, 8);
    } else if (length >= 4) {
        memcpy(&head, bytes, 4);
        memcpy(&tail, bytes + length - 4, 4);
    } else if (length > 0) {
        head = (uint64_t)(bytes[0] | bytes[length / 2] | bytes[length - 1]);
    }
    return ((head | tail) & 0x8080808080808080u) == 0 ? TEXT_OK : text_check(bytes, length);
}

/// The number of non-starters at the start and at the end of a scalar's compatibility decomposition. Unassigned scalars
/// in the blocks of combining marks count as one non-starter each.
typedef struct {
    uint8_t leading;
    uint8_t trailing;
    bool is_regional_indicator;
} text_scalar;

/// Returns the properties of a scalar, for tests of the table.
text_scalar text_scalar_properties(uint32_t scalar);

#ifdef __cplusplus
}
#endif
