extension Packet {
    /// The packet's data, read as a type; a packet without data is read as one with null.
    ///
    ///     let point = try packet.data(as: Point.self)
    ///
    /// It costs about as much as receiving the data, see ``Value/decode(as:)``.
    /// - Throws: ``WireDecodingError`` where the data is not of that shape, and whatever the type's own initialiser
    ///   throws.
    public func data<T: Decodable & Sendable>(as type: T.Type) throws -> T {
        try (data ?? .null).decode(as: type)
    }
}
