#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import Bytes

extension WireValue {
    /// The content of a byte string; nil for other values.
    public var asData: Data? { asBytes.map { Data($0) } }
}

extension Data: DirectWireValue {
    static var wireName: String { "bytes" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Data {
        if let bytes = cursor.rawBytes { return Data(bytes) }
        return Data(try UInt8.readArray(cursor))
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) {
        withUnsafeBytes { codec.writeBytes($0, into: &buffer) }
    }

    func wireValue() -> WireValue { .bytes(Array(self)) }
}
