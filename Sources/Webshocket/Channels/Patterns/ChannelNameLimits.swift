/// How long and how wild the names and patterns of channels may be.
package struct ChannelNameLimits: Sendable, Hashable {
    /// Bytes of a name or a pattern.
    package var bytes: Int
    /// Wildcards of a pattern: `*` and `**` of segments; `?`, `[…]` and a run of `*` of globs.
    package var wildcards: Int
    /// Segments of a pattern, of ``PatternSyntax/segments``; each may take a node of the index. Twice the wildcards,
    /// so that a pattern can have all of them with a text between each two.
    package var segments: Int

    package init(bytes: Int = 256, wildcards: Int = 8, segments: Int = 16) {
        self.bytes = bytes
        self.wildcards = wildcards
        self.segments = segments
    }
}
