#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import Bytes

extension URL: DirectWireValue {
    static var wireName: String { "a URL" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> URL {
        guard let text = cursor.string else { throw cursor.mismatch(wireName) }
        guard let url = URL(string: text) else {
            throw WireDecodingError(expected: wireName, found: "a string that is not a URL")
        }
        return url
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) {
        codec.writeString(absoluteString, into: &buffer)
    }

    func wireValue() -> WireValue { .string(absoluteString) }
}
