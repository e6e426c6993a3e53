import Foundation
import Testing

/// Plausible declarations of a handler that must not compile, because they do not declare an access.
///
/// Declarations that compile but prevent the start, or that take effect, are in `Tests/WebshocketTests/Handlers`.
@Suite("An access declaration", .timeLimit(.minutes(5)))
struct DeclarationTests {
    private static let handlers = [
        "nothing": "struct Handler: WebSocketHandler {}",
        "the former authentication, optional and computed":
            "struct Handler: WebSocketHandler { var authentication: Authentication? { members } }",
        "the former authentication, optional and stored":
            "struct Handler: WebSocketHandler { let authentication: Authentication? = members }",
        "an authentication that is not optional": "struct Handler: WebSocketHandler { let authentication = members }",
        "an authentication that is not optional, computed":
            "struct Handler: WebSocketHandler { var authentication: Authentication { members } }",
        "an authentication that is implicitly unwrapped":
            "struct Handler: WebSocketHandler { let authentication: Authentication! = members }",
        "an authentication under another name": "struct Handler: WebSocketHandler { let auth = members }",
        "a requirement": "struct Handler: WebSocketHandler { let requirement = Has(\"userID\") }",
        "an optional requirement":
            "struct Handler: WebSocketHandler { let requirement: (any SessionPredicate)? = Has(\"userID\") }",
        "a misspelt requirement": "struct Handler: WebSocketHandler { let requirements = Has(\"userID\") }",
        "an array of rate limits":
            "struct Handler: WebSocketHandler { let rateLimits = [RateLimit(1, per: \"1m\")] }",
        "a single rate limit": "struct Handler: WebSocketHandler { let rateLimits = RateLimit(1, per: \"1m\") }",
        "onConnect alone":
            "struct Handler: WebSocketHandler { func onConnect(_ connection: Connection) async throws { throw no } }",
        "onConnect with a label alone":
            "struct Handler: WebSocketHandler { func onConnect(connection: Connection) async throws { throw no } }",
        "onConnect with a request alone":
            """
        struct Handler: WebSocketHandler {
            func onConnect(_ connection: Connection, request: HTTPRequest) async throws { throw no }
        }
        """,
        "an optional access":
            "struct Handler: WebSocketHandler { let access: Access? = .authenticated(by: members) }",
        "a misspelt access": "struct Handler: WebSocketHandler { var acess: Access { .authenticated(by: members) } }",
        "an access in capitals": "struct Handler: WebSocketHandler { let Access = Webshocket.Access.everyone }",
        "an access of another type": "struct Handler: WebSocketHandler { let access = members }",
        "an access that is a text": "struct Handler: WebSocketHandler { let access = \"everyone\" }",
        "an access that is a closure":
            "struct Handler: WebSocketHandler { let access: @Sendable () -> Access = { .authenticated(by: members) } }",
        "a static access": "struct Handler: WebSocketHandler { static let access = Access.everyone }",
        "an access that is a function":
            "struct Handler: WebSocketHandler { func access() -> Access { .authenticated(by: members) } }",
        "a private access": "struct Handler: WebSocketHandler { private let access = Access.everyone }",
        "a private access in an extension":
            "struct Handler: WebSocketHandler {}\nextension Handler { private var access: Access { .everyone } }",
        "a lazy access": "struct Handler: WebSocketHandler { lazy var access = Access.authenticated(by: members) }",
        "an asynchronous access":
            "struct Handler: WebSocketHandler { var access: Access { get async { .authenticated(by: members) } } }",
        "a throwing access":
            "struct Handler: WebSocketHandler { var access: Access { get throws { .authenticated(by: members) } } }",
        "a misspelt access of a class":
            "final class Handler: WebSocketHandler { let acces = Access.authenticated(by: members) }",
        "a misspelt access of an actor":
            "actor Handler: WebSocketHandler { let accesses = Access.authenticated(by: members) }",
        "an access that belongs to an actor":
            "actor Handler: WebSocketHandler { var access = Access.authenticated(by: members) }",
        "an access that belongs to the main actor":
            "@MainActor final class Handler: WebSocketHandler { var access = Access.authenticated(by: members) }",
        "a misspelt override":
            """
        class Base: WebSocketHandler, @unchecked Sendable { var access: Access { .everyone } }
        final class Handler: Base, @unchecked Sendable { override var acess: Access { .authenticated(by: members) } }
        """,
        "private methods":
            """
        struct Handler: WebSocketHandler {
            let access = Access.everyone
            private let methods = RPCMethods { RPCMethod("add") { (_: Connection) in 1 } }
        }
        """,
        "a requirement that is a text":
            "struct Handler: WebSocketHandler { let access = Access.everyone.requires(\"userID\") }",
    ]

    private static let routes = [
        "no access of a raw route": "let route = WebSocketRoute(\"/\") { _, _ in }",
        "no access of a typed raw route": "let route = WebSocketRoute(\"/\", receiving: String.self) { _, _ in }",
        "no access of a raw route of several kinds": "let route = WebSocketRoute(\"/\") { OnText { _, _ in } }",
        "an authentication of a raw route": "let route = WebSocketRoute(\"/\", authentication: members) { _, _ in }",
        "an access of a raw route that is nil": "let route = WebSocketRoute(\"/\", access: nil) { _, _ in }",
    ]

    /// The expected diagnostics of declarations with an error other than a missing conformance.
    private static let diagnostics = [
        "a misspelt override": "does not override any property from its superclass",
        "a private access": "property 'access' must be as accessible as its enclosing type",
        "a private access in an extension": "property 'access' must be as accessible as its enclosing type",
        "a requirement that is a text": "requires that 'String' conform to 'SessionPredicate'",
        "an access of a raw route that is nil": "'nil' is not compatible with expected argument type 'Access'",
        "an access that belongs to an actor": "crosses into actor-isolated code",
        "an access that belongs to the main actor": "crosses into main actor-isolated code",
        "an authentication of a raw route": "extra trailing closure passed in call",
        "no access of a raw route": "declare which clients may connect",
        "no access of a raw route of several kinds": "declare which clients may connect",
        "no access of a typed raw route": "missing argument for parameter 'access'",
        "private methods": "property 'methods' must be as accessible as its enclosing type",
    ]

    /// Mistakes that neither the compiler nor the server can find, because Swift allows functions and properties of any
    /// name, and reflection finds stored properties only. No client is admitted by accident, because each handler also
    /// has an `access` that admits everyone.
    private static let ignored = [
        "a computed authentication":
            "struct Handler: WebSocketHandler { \(open); var authentication: Authentication? { members } }",
        "a static authentication": "struct Handler: WebSocketHandler { \(open); static let authentication = members }",
        "an authentication that is a function":
            "struct Handler: WebSocketHandler { \(open); func authentication() -> Authentication { members } }",
        "a computed requirement":
            "struct Handler: WebSocketHandler { \(open); var requirement: some SessionPredicate { Has(\"userID\") } }",
        "computed rate limits":
            "struct Handler: WebSocketHandler { \(open); var rateLimits: [RateLimit] { [RateLimit(1, per: \"1m\")] } }",
        "a misspelt access, computed":
            "struct Handler: WebSocketHandler { \(open); var acess: Access { .authenticated(by: members) } }",
        "a misspelt onConnect":
            "struct Handler: WebSocketHandler { \(open); func onConect(_ connection: Connection) throws { throw no } }",
        "onConnect with other labels":
            """
        struct Handler: WebSocketHandler {
            \(open)
            func onConnect(for connection: Connection, with request: HTTPRequest) throws { throw no }
        }
        """,
        "onConnect with an optional connection":
            "struct Handler: WebSocketHandler { \(open); func onConnect(_ connection: Connection?) throws { throw no } }",
    ]
    private static let open = "let access = Access.everyone"

    /// A source file with a declaration, whose names do not conflict with other source files.
    private static func source(_ declaration: String, _ index: Int) -> String {
        """
        import Webshocket

        private let members = Authentication { _ in .refuse(.unauthorized) }
        private let no = ConnectionClosure(.policyViolation)
        \(declaration.replacing("Handler:", with: "Handler\(index):").replacing("Base", with: "Base\(index)")
            .replacing("extension Handler", with: "extension Handler\(index)")
            .replacing("let route", with: "private let route"))

        """
    }

    @Test(
        "does not compile if it is missing, misspelt or of another type",
        .enabled("the Swift compiler is missing") { await TypeChecker.isInstalled() })
    func refused() async throws {
        let table = (Self.handlers.map { ($0, $1) } + Self.routes.map { ($0, $1) }).sorted { $0.0 < $1.0 }
        let sources = table.enumerated().map { Self.source($1.1, $0) }
        let errors = try await TypeChecker.errors(in: sources)
        #expect(table.count >= 29)
        for ((name, _), error) in zip(table, errors) {
            let expected = Self.diagnostics[name] ?? "does not conform to protocol 'WebSocketHandler'"
            #expect(error?.contains(expected) == true, "\(name): \(error ?? "compiles")")
        }
    }

    @Test(
        "compiles and is ignored if it is not a stored property and there is also an `access`",
        .enabled("the Swift compiler is missing") { await TypeChecker.isInstalled() })
    func compiles() async throws {
        let table = Self.ignored.sorted { $0.key < $1.key }
        let errors = try await TypeChecker.errors(in: table.enumerated().map { Self.source($1.value, $0) })
        for ((name, _), error) in zip(table, errors) { #expect(error == nil, "\(name)") }
    }

    @Test(
        "compiles in each example that consists of one file",
        .enabled("the Swift compiler is missing") { await TypeChecker.isInstalled() },
        arguments: ["Calculator/Calculator.swift", "Auction/Auction.swift", "Rooms/Rooms.swift"])
    func control(example: String) async throws {
        let file = try #require(
            try SourceTree.files(in: "Examples", extensions: ["swift"]).first { $0.path.hasSuffix(example) })
        #expect(try await TypeChecker.errors(in: [file.text]) == [nil])
    }
}
