/// The check, at start, for stored properties of a handler that look like a declaration and have no effect.
///
/// If a protocol requirement has a default, Swift ignores a property that does not match its name, type and visibility
/// exactly. Reflection finds stored properties only, so functions and computed or static properties are not checked.
struct HandlerDeclarations {
    private let handler: any WebSocketHandler
    private let access: Access
    private let properties: [StoredProperty]
    /// The superclass that conforms to the protocol, if it is not the handler's own class; otherwise nil.
    private let base: Any.Type?

    /// Reads the stored properties of the handler and of its superclasses.
    ///
    /// Reflection does not take a lock or run on an actor, so no other thread may change these properties meanwhile.
    /// - Parameter access: The handler's ``WebSocketHandler/access``.
    init(_ handler: any WebSocketHandler, _ access: Access) {
        self.handler = handler
        self.access = access
        var properties: [StoredProperty] = []
        var mirror: Mirror? = Mirror(reflecting: handler)
        var base: Any.Type?
        while let reflected = mirror {
            properties += reflected.children.compactMap { child in
                child.label.map { StoredProperty(label: $0, value: child.value) }
            }
            mirror = reflected.superclassMirror
            if let type = mirror?.subjectType, type is any WebSocketHandler.Type { base = type }
        }
        self.properties = properties
        self.base = base
    }

    /// Checks the stored properties.
    /// - Parameter path: The path of the handler, which is named in the error.
    /// - Throws: ``ServerError`` with ``ServerError/Code/invalidHandler``, which names the type and the property, and
    ///   explains how to fix it.
    func check(path: String) throws(ServerError) {
        let type = String(describing: Swift.type(of: handler))
        if let base {
            throw .invalidHandler(
                path, type,
                """
                it is a subclass of the handler '\(base)', and functions that a subclass adds, such as onConnect, would \
                not be called; make '\(type)' a final class that conforms to WebSocketHandler itself
                """)
        }
        for property in properties {
            guard let fault = fault(of: property) else { continue }
            throw .invalidHandler(path, type, "the stored property '\(property.name)' has no effect; \(fault)")
        }
    }

    /// The advice on replacing a property; nil if it has an effect, or is not meant as a declaration.
    private func fault(of property: StoredProperty) -> String? {
        accessFault(of: property) ?? guardFault(of: property) ?? declarationFault(of: property)
            ?? functionFault(of: property)
    }
}

// MARK: - Access

extension HandlerDeclarations {
    private static let authenticationNames = [
        "authentication", "authenticator", "authenticate", "authenticated", "auth", "authorization",
    ]
    private static let requirementNames = [
        "requirement", "requires", "require", "required", "requiring", "guard", "guards", "guarded", "permission",
        "permissions",
    ]
    private static let limitNames = ["ratelimit", "ratelimits", "ratelimiting", "ratelimiter"]

    /// Finds an ``Access`` under another name that is stricter than `access`, or that exists in addition to a stored
    /// `access` and has a similar name.
    private func accessFault(of property: StoredProperty) -> String? {
        let isOther = property.name != "access" && properties.contains { $0.name == "access" }
        for other in property.elements(of: Access.self) {
            let restrictsMore =
                other.authentication != nil && access.authentication == nil
                || other.requirement.map { access.requirement?.contains($0) != true } ?? false
                || !other.limits.allSatisfy(access.limits.contains)
            if restrictsMore || isOther && property.isNearly(["access"]) {
                return "only 'access' restricts the callers: declare it with the type 'Access'"
            }
        }
        return nil
    }

    /// Finds an authentication if `access` has none, or a predicate or a rate limit that is not used.
    private func guardFault(of property: StoredProperty) -> String? {
        if access.authentication == nil {
            let isFunction =
                property.isNearly(Self.authenticationNames)
                && property.functionType?.contains("Decision") == true
            if isFunction || !property.elements(of: Authentication.self).isEmpty {
                return "write 'var access: Access { .authenticated(by: \(property.name)) }'"
            }
        }
        if property.isNearly(Self.requirementNames),
            property.elements(of: (any SessionPredicate).self).contains(where: { !isRequired($0.condition) })
        {
            return "add it to 'access' with '.requires(…)', or rename the property"
        }
        if property.isNearly(Self.limitNames), property.elements(of: RateLimit.self).contains(where: { !isCharged($0) })
        {
            return "add it to 'access' with '.rateLimit(…)', or rename the property"
        }
        return nil
    }

    /// Whether the condition is part of the requirement of `access`, a method or a channel rule.
    private func isRequired(_ condition: SessionCondition) -> Bool {
        let methods = handler.methods.methods.map(\.requirement)
        let rules = handler.channels.rules.map(\.requirement)
        return ([access.requirement] + methods + rules).contains { $0?.contains(condition) == true }
    }

    /// Whether the limit is used by `access`, a method or a channel rule.
    private func isCharged(_ limit: RateLimit) -> Bool {
        let others = handler.methods.methods.map(\.rateLimits) + handler.channels.rules.map(\.rateLimits)
        return ([access.limits] + others).contains { $0.contains(limit) }
    }
}

// MARK: - Methods, messages and channels

extension HandlerDeclarations {
    /// Finds methods, message handlers or channel rules if the handler's own declaration of them is empty.
    private func declarationFault(of property: StoredProperty) -> String? {
        let hasMethods =
            property.elements(of: RPCMethods.self).contains { !$0.methods.isEmpty }
            || !property.elements(of: RPCMethod.self).isEmpty
        if hasMethods, property.isNearly(["methods", "rpcmethods"]), handler.methods.methods.isEmpty {
            return "write 'var methods: RPCMethods { … }'"
        }
        let hasMessages =
            property.elements(of: MessageHandlers.self).contains { !$0.handlers.isEmpty }
            || !property.elements(of: MessageHandler.self).isEmpty
        if hasMessages, property.isNearly(["messages", "messagehandlers", "handlers"]),
            handler.messages.handlers.isEmpty
        {
            return "write 'var messages: MessageHandlers { … }'"
        }
        let hasRules =
            property.elements(of: ChannelRules.self).contains { !$0.rules.isEmpty }
            || !property.elements(of: ChannelRule.self).isEmpty
        if hasRules, property.isNearly(["channels", "channelrules", "rules"]), handler.channels.rules.isEmpty {
            return "write 'var channels: ChannelRules { … }'"
        }
        return nil
    }

    /// Finds a closure that is stored in place of one of the protocol's functions.
    private func functionFault(of property: StoredProperty) -> String? {
        guard property.isNamed(["onconnect", "ondisconnect", "onreceive", "onjoin", "onleave"]),
            property.functionType != nil
        else { return nil }
        return "write a function, 'func \(property.name)(…)', in place of a closure"
    }
}

extension ServerError {
    fileprivate static func invalidHandler(_ path: String, _ type: String, _ fault: String) -> ServerError {
        ServerError(
            code: .invalidHandler, message: "path '\(path)': handler '\(type)': \(fault)".escapingControlCharacters)
    }
}
