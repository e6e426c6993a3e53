/// The parts of a rejected request that are needed to answer it.
///
/// The parser rejects a request because of its depth, its number of elements, a lone surrogate, or invalid text. Text
/// is invalid if it is not UTF-8 or exceeds the limits.
package struct RefusedRequest: Equatable, Sendable {
    /// The `call_id`; nil if it is absent, longer than the limit, or cannot be sent back because it is not UTF-8.
    package private(set) var callID: [UInt8]?
    /// The length of `call_id` in bytes.
    package private(set) var callIDCount = 0
    /// The method's name; empty if it is absent, not UTF-8, or longer than 256 bytes.
    package private(set) var method: [UInt8] = []
    /// Whether the caller expects no response.
    package private(set) var isNotification = false
    /// Whether a string of the message has an unpaired surrogate.
    package private(set) var hasLoneSurrogate = false
    private var isRequest = false

    private static let longestMethod = 256

    /// Searches a message for a request, in linear time and without recursion.
    ///
    /// If a key is repeated, its last value is used, as in the parser.
    /// - Parameter callIDLimit: The maximum length of a `call_id` that is kept, in bytes.
    /// - Returns: Nil if the message is not a request, or is malformed apart from the faults that this type tolerates.
    package init?(_ bytes: UnsafeRawBufferPointer, as codec: PacketCodec, callIDLimit: Int) {
        var request: RefusedRequest?
        switch codec {
        case .json:
            var reader = JSONRawReader(bytes)
            request = try? Self.read(&reader, callIDLimit)
            request?.hasLoneSurrogate = reader.hasLoneSurrogate
        case .messagePack:
            var reader = MessagePackRawReader(bytes)
            request = try? Self.read(&reader, callIDLimit)
        }
        guard let request, request.isRequest else { return nil }
        self = request
    }

    private init() {}

    private static func read(
        _ reader: inout some RawReader, _ callIDLimit: Int
    ) throws(NotWellFormed) -> RefusedRequest? {
        guard try reader.beginMap() else { return nil }
        var isRPC = false
        var request: RefusedRequest?
        while let key = try reader.nextKey() {
            if key.isText("source") {
                isRPC = try reader.value().isInteger(Packet.Source.rpc.rawValue)
            } else if key.isText("rpc") {
                request = try reader.beginMap() ? RefusedRequest(entriesOf: &reader, callIDLimit) : nil
            } else {
                _ = try reader.value()
            }
        }
        try reader.finish()
        return isRPC ? request : nil
    }

    /// Reads the entries of an `rpc` map.
    private init(entriesOf reader: inout some RawReader, _ callIDLimit: Int) throws(NotWellFormed) {
        while let key = try reader.nextKey() {
            if key.isText("type") {
                isRequest = try reader.value().text?.isText("request") == true
            } else if key.isText("call_id") {
                let content = try reader.value().text?.content(limit: callIDLimit)
                callIDCount = content?.count ?? 0
                callID = content.flatMap { $0.isValid && $0.count <= callIDLimit ? $0.bytes : nil }
            } else if key.isText("method") {
                let content = try reader.value().text?.content(limit: Self.longestMethod)
                method = content.flatMap { $0.isValid && $0.count <= Self.longestMethod ? $0.bytes : nil } ?? []
            } else if key.isText("notify") {
                isNotification = try reader.value().isTrue
            } else {
                _ = try reader.value()
            }
        }
    }
}

extension RawValue {
    fileprivate var text: RawText? { if case .text(let text) = self { text } else { nil } }

    fileprivate var isTrue: Bool { if case .flag(let flag) = self { flag } else { false } }

    fileprivate func isInteger(_ number: Int) -> Bool {
        if case .integer(let integer) = self { integer == number } else { false }
    }
}
