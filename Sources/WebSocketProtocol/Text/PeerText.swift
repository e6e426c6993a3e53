import CText

/// The bound on the text of peers: no long runs of combining marks or regional indicators (Protocol.md, "Text").
///
/// Hashing, comparing and sorting a `String` is quadratic in a run of combining marks. With the bound it is linear, so
/// that handlers can use the text of peers as any other.
package enum PeerText {
    /// Whether no run is too long. Bytes that are not UTF-8 end a run.
    /// - Complexity: O(*n*): about 2 ms for 1 MiB without ASCII, 0.05 ms for 1 MiB of ASCII.
    package static func hasShortRuns(_ bytes: UnsafeRawBufferPointer) -> Bool {
        text_has_short_runs(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// As above, for bytes in an array.
    package static func hasShortRuns(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { hasShortRuns($0) }
    }
}
