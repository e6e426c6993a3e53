import Testing
import Webshocket

/// An authentication that rejects every client.
private let members = Authentication { _ in .refuse(.unauthorized) }
private let restricted = Access.authenticated(by: members)
private let method = RPCMethod("secret") { (_: Connection) in 42 }
@MessageHandlersBuilder private var heard: MessageHandlers { OnText { _, _ in } }
@ChannelRulesBuilder private var rules: ChannelRules { ChannelRule("news.*") }

/// Handlers that compile, but have a stored property or a member without effect.
private enum Ignored {
    struct StoredAuthentication: WebSocketHandler {
        let access = Access.everyone
        let authentication = members
    }
    struct OptionalAuthentication: WebSocketHandler {
        let access = Access.everyone
        let authentication: Authentication? = members
    }
    struct PrivateAuthentication: WebSocketHandler {
        let access = Access.everyone
        private let authentication: Authentication? = members
    }
    struct OtherAuthentication: WebSocketHandler {
        let access = Access.everyone.rateLimit(5, per: "1m")
        let login = members
    }
    struct AuthenticationClosure: WebSocketHandler {
        let access = Access.everyone
        let authenticate: Authentication.HandshakeBody = { _ in .refuse(.unauthorized) }
    }
    struct Requirement: WebSocketHandler {
        let access = restricted
        let requirement: (any SessionPredicate)? = Has("userID")
    }
    struct Requirements: WebSocketHandler {
        let access = Access.everyone
        let requirements = [Has("userID")]
    }
    struct Condition: WebSocketHandler {
        let access = Access.everyone
        let requires = Has("userID") && !Is("isBanned")
    }
    struct Guards: WebSocketHandler {
        let access = Access.everyone
        let guards: [any SessionPredicate] = [Has("userID"), Is("isAdmin")]
    }
    struct OtherRequirement: WebSocketHandler {
        let access = Access.everyone.requires(Has("userID"))
        let requirements = Is("isAdmin")
    }
    struct RateLimits: WebSocketHandler {
        let access = Access.everyone
        let rateLimits = [RateLimit(1, per: "1m")]
    }
    struct OtherRateLimit: WebSocketHandler {
        let access = Access.everyone.rateLimit(100, per: "1m")
        let rateLimit = RateLimit(1, per: "1m")
    }
    struct OneRateLimit: WebSocketHandler {
        let access = Access.everyone.requires(Has("userID"))
        let rate_limits: RateLimit? = RateLimit(1, per: "1m")
    }
    struct OptionalAccess: OpenByProtocol {
        let access: Access? = restricted
    }
    struct OtherByProtocol: RestrictedByProtocol {
        let acces = Access.everyone.requires(Is("isAdmin"))
    }
    struct MisspeltAccess: WebSocketHandler {
        let access = Access.everyone
        let acess = restricted
    }
    struct CapitalAccess: WebSocketHandler {
        var access: Access { .everyone }
        let Access = restricted
    }
    struct OtherAccess: WebSocketHandler {
        let access = Access.everyone.rateLimit(1, per: "1m")
        let policy = Access.everyone.requires(Has("userID"))
    }
    struct SecondAccess: WebSocketHandler {
        let access = Access.authenticated { _ in .admit() }
        let accesses = restricted
    }
    struct DefaultedByProtocol: OpenHandler {
        let acces = restricted
    }
    struct Wrapped: WebSocketHandler {
        let access = Access.everyone
        @Kept var authentication = members
    }
    final class LazyAuthentication: WebSocketHandler, @unchecked Sendable {
        let access = Access.everyone
        private lazy var authentication = members
        init() { _ = authentication }
    }
    final class Inherited: Keeper, WebSocketHandler, @unchecked Sendable {
        let access = Access.everyone
    }
    actor Isolated: WebSocketHandler {
        let access = Access.everyone
        var authentication: Authentication? = members
    }
    struct Methods: WebSocketHandler {
        let access = Access.everyone
        let methods: RPCMethods? = RPCMethods { method }
    }
    struct MethodArray: WebSocketHandler {
        let access = Access.everyone
        let methods = [method]
    }
    struct Functions: WebSocketHandler {
        let access = Access.everyone
        let rpcMethods = RPCMethods { method }
    }
    struct Messages: WebSocketHandler {
        let access = Access.everyone
        let mesages = [OnText { _, _ in }]
    }
    struct OneRule: WebSocketHandler {
        let access = Access.everyone
        let channels = ChannelRule("news.*")
    }
    struct Channel: WebSocketHandler {
        let access = Access.everyone
        let chanels = rules
    }
    struct ConnectClosure: WebSocketHandler {
        let access = Access.everyone
        let onConnect: @Sendable (Connection) async throws -> Void = { _ in throw ConnectionClosure(.policyViolation) }
    }
    struct LeaveClosure: WebSocketHandler {
        let access = Access.everyone
        let onLeave: (@Sendable (Connection, Room) -> Void)? = { _, _ in }
    }
    class Base: WebSocketHandler, @unchecked Sendable {
        var access: Access { .everyone }
    }
    final class AddsOnConnect: Base, @unchecked Sendable {
        func onConnect(_ connection: Connection) async throws { throw ConnectionClosure(.policyViolation) }
    }
    final class MisspellsOverride: Base, @unchecked Sendable {
        var acess: Access { restricted }
    }
}

private protocol OpenHandler: WebSocketHandler {}
extension OpenHandler {
    var access: Access { .everyone }
}

@propertyWrapper private struct Kept<Content: Sendable>: Sendable {
    var wrappedValue: Content
}

private class Keeper {
    let authentication = members
}

private protocol OpenByProtocol: WebSocketHandler {}
extension OpenByProtocol {
    var access: Access { .everyone }
}

private protocol RestrictedByProtocol: WebSocketHandler {}
extension RestrictedByProtocol {
    var access: Access { .everyone.requires(Has("userID")) }
}

/// Handlers whose stored properties take effect or are not declarations.
private enum Innocent {
    struct Used: WebSocketHandler {
        let authentication = members
        let requirement = Has("userID")
        let rateLimits = [RateLimit(1, per: "1m")]
        var access: Access { .authenticated(by: authentication).requires(requirement).rateLimits(rateLimits) }
    }
    struct Unset: WebSocketHandler {
        let authentication: Authentication? = nil
        let rateLimits: [RateLimit] = []
        let acess: Access? = nil
        var access: Access { authentication.map { .authenticated(by: $0) } ?? .everyone.rateLimits(rateLimits) }
    }
    struct Backed: WebSocketHandler {
        private let _access = restricted
        private let _methods = RPCMethods { method }
        var access: Access { _access }
        var methods: RPCMethods { _methods }
    }
    struct Stored: WebSocketHandler {
        let access = restricted
        let methods = RPCMethods { method }
        let messages = heard
        let channels = rules
    }
    struct Parts: WebSocketHandler {
        let access = Access.everyone
        let secret = method
        let rule = ChannelRule("news.*")
        let recipients = Has("userID")
        let search = RateLimit(5, per: "1m")
        var methods: RPCMethods { secret.rateLimit(search) }
        var channels: ChannelRules { rule }
    }
    struct Guarding: WebSocketHandler {
        let access = Access.everyone.requires(Has("userID") && !Is("isBanned"))
        let guards = [Is("isAdmin"), Is("isBanned")]
        let rateLimit = RateLimit(5, per: "1m")
        let requirement = Has("team")
        var methods: RPCMethods {
            RPCMethods { method.rateLimit(rateLimit) }.requires(guards[0])
        }
        var channels: ChannelRules { ChannelRule("news.*").requires(requirement) }
    }
    struct Names: WebSocketHandler {
        let access = Access.everyone
        let channel = "news"
        let messages = ["a", "b"]
        let method: String? = "GET"
        let rateLimit = 5
        let authentication = "Bearer"
        let requirement: [String: Int] = [:]
        let guards: Set<String> = ["ann"]
        let acces: [UInt8] = []
        let onJoin = "hello"
        let authenticate: @Sendable (String) -> Bool = { _ in true }
        let onMessage: @Sendable (String) -> Void = { _ in }
    }
    final class Derived: Keeper2, WebSocketHandler, @unchecked Sendable {
        let access = restricted
    }
    actor Isolated: WebSocketHandler {
        let access = Access.everyone
        var messages: [String] = []
        var rateLimit = 5
    }
    final class Lazy: WebSocketHandler, @unchecked Sendable {
        lazy var access = restricted
    }
    struct Nothing: WebSocketHandler {
        let access = Access.everyone
    }
}

private class Keeper2 {
    let channels = ["news"]
}

@Suite("Stored properties of handlers", .timeLimit(.minutes(5)))
struct StoredDeclarationTests {
    private static let ignored: [(any WebSocketHandler, String)] = [
        (Ignored.StoredAuthentication(), "authentication"), (Ignored.OptionalAuthentication(), "authentication"),
        (Ignored.PrivateAuthentication(), "authentication"), (Ignored.OtherAuthentication(), "login"),
        (Ignored.AuthenticationClosure(), "authenticate"), (Ignored.Requirement(), "requirement"),
        (Ignored.Requirements(), "requirements"), (Ignored.Condition(), "requires"), (Ignored.Guards(), "guards"),
        (Ignored.OtherRequirement(), "requirements"), (Ignored.OtherRateLimit(), "rateLimit"),
        (Ignored.RateLimits(), "rateLimits"), (Ignored.OneRateLimit(), "rate_limits"),
        (Ignored.OptionalAccess(), "access"), (Ignored.OtherByProtocol(), "acces"),
        (Ignored.MisspeltAccess(), "acess"), (Ignored.CapitalAccess(), "Access"), (Ignored.OtherAccess(), "policy"),
        (Ignored.SecondAccess(), "accesses"), (Ignored.DefaultedByProtocol(), "acces"),
        (Ignored.Wrapped(), "authentication"), (Ignored.LazyAuthentication(), "authentication"),
        (Ignored.Inherited(), "authentication"), (Ignored.Isolated(), "authentication"),
        (Ignored.Methods(), "methods"), (Ignored.MethodArray(), "methods"), (Ignored.Functions(), "rpcMethods"),
        (Ignored.Messages(), "mesages"), (Ignored.OneRule(), "channels"), (Ignored.Channel(), "chanels"),
        (Ignored.ConnectClosure(), "onConnect"), (Ignored.LeaveClosure(), "onLeave"),
        (Ignored.AddsOnConnect(), "onConnect"), (Ignored.MisspellsOverride(), "Base"),
    ]

    @Test("a property that looks like a declaration but has no effect prevents the start", arguments: ignored)
    func refused(handler: any WebSocketHandler, name: String) async throws {
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .invalidHandler)
        let type = String(describing: Swift.type(of: handler))
        #expect(error?.message.contains("'\(type)'") == true && error?.message.contains(name) == true)
    }

    private static let innocent: [any WebSocketHandler] = [
        Innocent.Used(), Innocent.Unset(), Innocent.Backed(), Innocent.Stored(), Innocent.Parts(), Innocent.Names(),
        Innocent.Guarding(),
        Innocent.Derived(), Innocent.Isolated(), Innocent.Lazy(), Innocent.Nothing(), SampleHandler(),
    ]

    @Test("properties that take effect or are not declarations do not prevent the start", arguments: innocent)
    func started(handler: any WebSocketHandler) async throws {
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        try await server.start()
        await server.stop(within: .zero)
    }

    @Test("the error names the property, the handler and its path, and suggests a fix")
    func message() async throws {
        let server = WebSocketServer(port: 0, handler: Ignored.StoredAuthentication(), configuration: .quiet)
        let message = """
            path '/': handler 'StoredAuthentication': the stored property 'authentication' has no effect; write \
            'var access: Access { .authenticated(by: authentication) }'
            """
        await #expect(throws: ServerError(code: .invalidHandler, message: message)) { try await server.start() }
    }
}
