/// How a subscription to many channels is written, and what its wildcards stand for.
///
/// A channel's name is a text such as `news.sport` or `room/42`; case matters, and so does every byte: a letter with an
/// accent is another one than the same letter and a combining accent. A subscription is either to one name or, where it
/// has wildcards, to all the names that its pattern matches, also of channels that come later. A message is published
/// to one name, which may hold none of the syntax's wildcards.
///
/// A name or a pattern has 1 to 256 bytes of UTF-8 and no control characters; a pattern has at most 8 wildcards and,
/// with ``segments``, 16 segments. What is beyond is refused with ``RPCErrorCode/invalidParameters``.
public enum PatternSyntax: Sendable, Hashable {
    /// Wildcards for whole segments, which is a server's choice unless it says otherwise.
    ///
    /// A name is split into segments at `.`, `/` and `:`.
    ///
    /// - `*` stands for exactly one segment, an empty one included: `news.*` matches `news.sport`, not `news` nor
    ///   `news.sport.tennis`.
    /// - `**` stands for any number of segments, none included: `news.**` matches `news`, `news.sport` and
    ///   `news.sport.tennis`; `**.goal` matches `goal` and `sport.tennis.goal`; `a.**.z` matches `a.z` and `a.b.c.z`;
    ///   `**` matches everything.
    ///
    /// A wildcard is a whole segment: `new*` and `***` are errors, and no name has a `*`. A separator matches the same
    /// one: `news.*` does not match `news/sport`. Only the separators in front of what `**` stands for are free, so
    /// `news.**` matches `news/sport` as well, and where `**` stands for nothing in front of a name's first segment,
    /// the separator behind it stands for nothing too. Everything else is ordinary: `?`, `[`, `]`, and the empty
    /// segment in `a..b`.
    case segments

    /// Wildcards for characters, as those of Python's `fnmatch` and of the Python package `webshocket`.
    ///
    /// - `*` stands for any characters, none and separators included: `news.*` matches `news.` and `news.sport.tennis`,
    ///   not `news`.
    /// - `?` stands for one character: one Unicode scalar, so not a letter with a combining accent, which is two.
    /// - `[abc]` stands for one of the characters, `[a-z]` for one of a range, and `[!a-z]` for one that is not. A `]`
    ///   that comes first is one of the characters, and so is a `-` that comes first or last; a range that ends before
    ///   it begins holds none.
    ///
    /// A `[` that nothing closes stands for itself. There is no way to escape a wildcard except by a set: `[*]`. A text
    /// with any of `*`, `?`, `[` and `]` is a pattern, and no name has them.
    case globs
}
