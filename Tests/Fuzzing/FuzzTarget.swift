/// A parser to fuzz, with the properties that must hold for every input.
protocol FuzzTarget: SendableMetatype {
    static var name: String { get }
    /// Initial inputs that the parser accepts or almost accepts.
    static var seeds: [[UInt8]] { get }
    /// Tokens of the grammar that random changes are unlikely to find.
    static var words: [[UInt8]] { get }
    /// Parses one input. Traps if a property does not hold.
    static func run(_ input: UnsafeRawBufferPointer)
}

extension FuzzTarget {
    static var words: [[UInt8]] { [] }
}

let targets: [any FuzzTarget.Type] = [
    ServerHandshakeTarget.self, RequestHeaderTarget.self, ClientHandshakeTarget.self,
    ProxyHeaderTarget.self, ForwardedTarget.self, ConnectTunnelTarget.self,
    MessageReaderTarget.self, DeflatedMessageTarget.self, TextTarget.self,
    MessagePackTarget.self, JSONTarget.self, PacketShapeTarget.self, ArgumentTarget.self, ScalarTextTarget.self,
    PatternTarget.self, PageTarget.self,
]

/// Crashes the process unless a property holds.
@inline(__always)
func check(_ holds: Bool, _ claim: @autoclosure () -> String) {
    if !holds { fail(claim()) }
}

func fail(_ claim: String) -> Never {
    fatalError("check failed: \(claim)")
}
