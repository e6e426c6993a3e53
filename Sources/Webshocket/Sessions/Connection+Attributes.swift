// A session's attributes: what a server knows of a peer for as long as that is connected.
extension Connection {
    /// Who the peer is, once the server knows: the attribute `userID`, where that is a text.
    ///
    /// Limits per user count by it, and messages to a user find their connections by it. Both compare its UTF-8 bytes,
    /// as guards do: `"K"` and U+212A (Kelvin sign) are two users, although Swift's `==` says that they are equal. An
    /// ID that a peer may choose belongs in ``Authentication/Decision/admit(userID:attributes:expiresAfter:headers:)``,
    /// which refuses such lookalikes; otherwise compare it with a guard such as `IsEqual("userID", …)`.
    public var userID: String? {
        get { self["userID"]?.asString }
        set { self["userID"] = newValue.map(Value.string) }
    }

    /// An attribute as the value that it is kept as; nil for one that is not set, and setting nil removes it. Names are
    /// compared by their UTF-8 bytes.
    ///
    /// Attributes may be read and written on any thread, each access by itself: what is read and then written may have
    /// changed in between. They are the connection's own, and can be read until `onDisconnect` has returned; after that
    /// all are gone, and what is set is ignored. A connection that sets none keeps nothing for them.
    public subscript(name: String) -> Value? {
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

    /// An attribute by the name of a property, for names that are none of the connection's own: for those, such as
    /// `path`, there is `connection["path"]`.
    ///
    ///     connection.isAdmin = true
    ///     let team: String? = connection.team
    ///
    /// It is read as the arguments of a call are (Protocol.md, "Calls"): nil for one that is of another type. Booleans,
    /// texts, `Int`, `Double` and ``Value`` cost a lookup; other types are encoded and parsed each time.
    ///
    /// What cannot be encoded, such as a `Date` that is no point in time, removes the attribute, so that no guard takes
    /// the old value for the new one, and is an error in the server's log; ``setAttribute(_:to:)`` throws instead.
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

    /// An attribute as the value that it is kept as, where nothing else says what type it is of.
    @_disfavoredOverload
    public subscript(dynamicMember name: String) -> Value? {
        get { self[name] }
        set { self[name] = newValue }
    }

    /// An attribute by its key; reads and writes as the property of that name does.
    @inlinable
    public subscript<Content>(key: SessionKey<Content>) -> Content? {
        get { self[dynamicMember: key.name] }
        set { self[dynamicMember: key.name] = newValue }
    }

    /// Sets an attribute, or with nil removes it; what encodes as nil is removed as well, unless it is a ``Value``.
    /// - Throws: `EncodingError` for more than 64 levels of nesting, and whatever the type's own `encode` throws; then
    ///   the attribute stays as it was.
    @inlinable
    public func setAttribute<Content: Codable & Sendable>(_ name: String, to content: Content?) throws {
        self[name] = try content.flatMap { try Value.keeping($0) }
    }

    /// A copy of all attributes; one lock, whatever their number. Of names that are canonically equivalent, which a
    /// dictionary cannot hold together, it has the first by their bytes.
    public var attributes: [String: Value] { attributeSnapshot.dictionary }

    /// All attributes as they are now: one lock and one retain.
    package var attributeSnapshot: NamedValues { session.load()?.snapshot ?? NamedValues() }

    /// Removes all attributes, ``userID`` too.
    public func removeAttributes() {
        session.load()?.removeAll()
        hub.userMayHaveChanged(of: self)
    }

    /// Whether memory was set aside for attributes; not before the first is set, and not when the connection is over.
    package var hasAttributeStorage: Bool {
        guard let attributes = session.load() else { return false }
        return !attributes.isOver
    }

    /// Lets the attributes go, for good.
    func endSession() {
        for storage in [session.storeIfNil(.ended), metadataStorage.storeIfNil(.ended)]
        where storage !== SessionAttributes.ended { storage.end() }
    }

    @usableFromInline
    func remove(_ name: String, for error: any Error) {
        self[name] = nil
        log(
            .error, .attribute, burst: 5,
            "attribute '\(name)' of connection \(id) is removed, since what it was set to has no value: \(error)")
    }
}
