/// What one message may cost its receiver.
package struct MessageLimits: Sendable {
    /// Bytes of a message, after reassembly and after inflate; above it, 1009.
    package var maxMessage: Int
    /// Frames of a message; above it, 1008.
    package var maxFragments: Int

    package init(maxMessage: Int = 1_048_576, maxFragments: Int = 65_536) {
        self.maxMessage = maxMessage
        self.maxFragments = maxFragments
    }
}
