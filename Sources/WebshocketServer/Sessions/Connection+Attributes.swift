// Session attributes: values that the server associates with a connection.
extension Connection {
    /// The ID of the authenticated user: the attribute `userID` if it is a string; nil otherwise.
    ///
    /// Rate limits per user count by it, and messages to a user are sent to the connections that have it. It is
    /// compared by its UTF-8 bytes, as in guards. So `"K"` and U+212A (Kelvin sign) are two users, although Swift's
    /// `==` considers them equal.
    ///
    /// If peers can choose their IDs, use ``Authentication/Decision/admit(userID:attributes:expiresAfter:headers:)``,
    /// which rejects such lookalikes. Otherwise compare the ID with a guard such as `IsEqual("userID", …)`.
    public var userID: String? {
        get { self["userID"]?.asString }
        set { self["userID"] = newValue.map(WireValue.string) }
    }

    /// Accesses an attribute by its name; nil if it is not set. Setting nil removes the attribute. Names are compared
    /// by their UTF-8 bytes.
    ///
    /// Attributes can be read and written on any thread. Each access is atomic, but a value may change between a read
    /// and a write. Attributes belong to this connection and can be read until `onDisconnect` has returned. After that
    /// they are removed, and setting one has no effect. A connection without attributes allocates no memory for them.
    public subscript(name: String) -> WireValue? {
        get { session.load()?[name] }
        set {
            if let attributes = session.load() {
                attributes[name] = newValue
            } else if let newValue {
                session.storeIfNil(SessionAttributes())[name] = newValue
            }
            if name == "userID" { hub.userMayHaveChanged(of: self) }
        }
    }

    /// Accesses an attribute as a property. If the connection has a property of the same name, such as `path`, use
    /// `connection["path"]`.
    ///
    ///     connection.isAdmin = true
    ///     let team: String? = connection.team
    ///
    /// Values are converted like the arguments of a call (Protocol.md, "Calls"); an attribute of another type reads as
    /// nil. Booleans, strings, `Int`, `Double` and ``WireValue`` cost one lookup; values of other types are encoded and
    /// parsed on each access.
    ///
    /// If a value cannot be encoded, such as a `Date` that is not finite, the attribute is removed and an error is
    /// logged. So no guard evaluates the old value. ``setAttribute(_:to:)`` throws instead.
    @inlinable
    public subscript<Content: Codable & Sendable>(dynamicMember name: String) -> Content? {
        get { self[name]?.content(as: Content.self) }
        set {
            do {
                try setAttribute(name, to: newValue)
            } catch {
                remove(name, for: error)
            }
        }
    }

    /// Accesses an attribute as a ``WireValue``, if the context does not determine another type.
    @_disfavoredOverload
    public subscript(dynamicMember name: String) -> WireValue? {
        get { self[name] }
        set { self[name] = newValue }
    }

    /// Accesses an attribute by its key, with the same conversions as for a property.
    @inlinable
    public subscript<Content>(key: SessionKey<Content>) -> Content? {
        get { self[dynamicMember: key.name] }
        set { self[dynamicMember: key.name] = newValue }
    }

    /// Sets an attribute. Nil, or a value that encodes as nil and is not a ``WireValue``, removes it.
    /// - Throws: `EncodingError` if the value has more than 64 levels of nesting, or any error of the type's own
    ///   `encode`. Then the attribute is unchanged.
    @inlinable
    public func setAttribute<Content: Codable & Sendable>(_ name: String, to content: Content?) throws {
        self[name] = try content.flatMap { try WireValue.keeping($0) }
    }

    /// A copy of all attributes. If names are canonically equivalent, a dictionary can hold only one of them. It then
    /// contains the one that sorts first by its bytes.
    ///
    /// It takes one lock, regardless of the number of attributes.
    public var attributes: [String: WireValue] { attributeSnapshot.dictionary }

    /// A snapshot of all attributes. Costs one lock and one retain.
    package var attributeSnapshot: NamedValues { session.load()?.snapshot ?? NamedValues() }

    /// Removes all attributes, including ``userID``.
    public func removeAttributes() {
        session.load()?.removeAll()
        hub.userMayHaveChanged(of: self)
    }

    /// Whether storage for attributes is allocated. False before the first attribute is set and after the connection
    /// has ended.
    package var hasAttributeStorage: Bool {
        guard let attributes = session.load() else { return false }
        return !attributes.isOver
    }

    /// Removes all attributes and metadata permanently.
    func endSession() {
        for storage in [session.storeIfNil(.ended), metadataStorage.storeIfNil(.ended)]
        where storage !== SessionAttributes.ended { storage.end() }
    }

    @usableFromInline
    func remove(_ name: String, for error: any Error) {
        self[name] = nil
        log(
            .error, .attribute, burst: 5,
            "removed attribute '\(name)' of connection \(id): its new value cannot be encoded: \(error)")
    }
}
