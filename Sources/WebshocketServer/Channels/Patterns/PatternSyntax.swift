/// The syntax of subscriptions to many channels, and the meaning of its wildcards.
///
/// A channel's name is a text such as `news.sport` or `room/42`. Names are compared by their bytes: case matters, and a
/// precomposed accented letter differs from a letter with a combining accent. A subscription is either a name or, if it
/// contains wildcards, a pattern. A pattern matches all fitting names, including those of channels that are created
/// later. A message is published to one name, which must not contain the wildcards of the syntax.
///
/// A name or pattern has 1 to 256 bytes of UTF-8 and no control characters. A pattern has at most 8 wildcards and, with
/// ``segments``, at most 16 segments. Other texts are refused with ``RPCErrorCode/invalidParameters``.
public enum PatternSyntax: Sendable, Hashable {
    /// Wildcards for whole segments. This is the default.
    ///
    /// A name is split into segments at `.`, `/` and `:`.
    ///
    /// - `*` matches exactly one segment, which may be empty: `news.*` matches `news.sport`, but not `news` or
    ///   `news.sport.tennis`.
    /// - `**` matches any number of segments, including none: `news.**` matches `news`, `news.sport` and
    ///   `news.sport.tennis`; `**.goal` matches `goal` and `sport.tennis.goal`; `a.**.z` matches `a.z` and `a.b.c.z`;
    ///   `**` matches everything.
    ///
    /// A wildcard must be a whole segment: `new*` and `***` are errors. Names must not contain `*`. A separator matches
    /// only itself: `news.*` does not match `news/sport`. The segments that `**` matches may have any separators, so
    /// `news.**` also matches `news/sport`. If `**` at the start matches no segments, the separator after it matches
    /// nothing too. All other characters are ordinary, including `?`, `[` and `]`. The empty segment in `a..b` is
    /// ordinary too.
    case segments

    /// Wildcards for characters, as in Python's `fnmatch` and in the Python package `webshocket`.
    ///
    /// - `*` matches any number of characters, including none and including separators: `news.*` matches `news.` and
    ///   `news.sport.tennis`, but not `news`.
    /// - `?` matches one Unicode scalar. It does not match a letter with a combining accent, which is two scalars.
    /// - `[abc]` matches one of the characters, `[a-z]` one character of a range, and `[!a-z]` one character outside of
    ///   it. A `]` that comes first is an ordinary character, and so is a `-` that comes first or last. A range whose
    ///   end is less than its start is empty.
    ///
    /// A `[` without a closing `]` matches itself. The only way to escape a wildcard is a set: `[*]`. A text that
    /// contains `*`, `?`, `[` or `]` is a pattern. Names must not contain these characters.
    case globs
}
