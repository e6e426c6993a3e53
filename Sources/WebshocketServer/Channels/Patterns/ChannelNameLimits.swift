/// The limits for the names and patterns of channels.
package struct ChannelNameLimits: Sendable, Hashable {
    /// The maximum length of a name or pattern, in bytes of UTF-8.
    package var bytes: Int
    /// The maximum number of wildcards in a pattern: `*` and `**` of segments; `?`, `[…]` and a run of `*` of globs.
    package var wildcards: Int
    /// The maximum number of segments in a pattern of ``PatternSyntax/segments``. Each may need a node in the index.
    ///
    /// The default is twice the number of wildcards, so a pattern can have text between all its wildcards.
    package var segments: Int

    package init(bytes: Int = 256, wildcards: Int = 8, segments: Int = 16) {
        self.bytes = bytes
        self.wildcards = wildcards
        self.segments = segments
    }
}
