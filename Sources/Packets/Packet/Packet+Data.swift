extension Packet {
    /// Decodes the packet's data as a type. A packet without data is decoded as null.
    ///
    ///     let point = try packet.data(as: Point.self)
    ///
    /// This costs about as much as receiving the data; see ``WireValue/decode(as:)``.
    /// - Parameter type: The type to decode.
    /// - Returns: The decoded data.
    /// - Throws: ``WireDecodingError`` if the data does not have the shape of the type, or any error of the type's own
    ///   initialiser.
    public func data<T: Decodable & Sendable>(as type: T.Type) throws -> T {
        try (data ?? .null).decode(as: type)
    }
}
