/// The limits on one received message.
package struct MessageLimits: Sendable {
    /// The maximum size of a message in bytes, after reassembly and decompression. A larger message fails with code
    /// 1009.
    package var maxMessage: Int
    /// The maximum number of frames in a message. More frames fail with code 1008.
    package var maxFragments: Int

    package init(maxMessage: Int = 1_048_576, maxFragments: Int = 65_536) {
        self.maxMessage = maxMessage
        self.maxFragments = maxFragments
    }
}
