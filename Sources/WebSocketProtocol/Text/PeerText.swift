import CText

/// The limit on text from peers: no long runs of combining marks or regional indicators (Protocol.md, "Text").
///
/// Hashing, comparing and sorting a `String` takes quadratic time in the length of a run of combining marks. The limit
/// makes it linear, so handlers can use text from peers like any other text.
package enum PeerText {
    /// Whether the bytes have no run that is too long. Bytes that are not UTF-8 end a run.
    /// - Complexity: O(*n*): about 2 ms for 1 MiB without ASCII, 0.05 ms for 1 MiB of ASCII.
    package static func hasShortRuns(_ bytes: UnsafeRawBufferPointer) -> Bool {
        text_has_short_runs(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// Whether the bytes of an array have no run that is too long. Bytes that are not UTF-8 end a run.
    package static func hasShortRuns(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { hasShortRuns($0) }
    }
}
