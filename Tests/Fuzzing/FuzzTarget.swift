/// One parser, and what must hold whatever it is given.
protocol FuzzTarget: SendableMetatype {
    static var name: String { get }
    /// Inputs that the parser accepts or nearly does, to begin with.
    static var seeds: [[UInt8]] { get }
    /// Words of the grammar that no amount of flipping bits would find.
    static var words: [[UInt8]] { get }
    /// Parses one input; traps where something does not hold.
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

/// Ends the process, as a crash would, where what must hold does not.
@inline(__always)
func check(_ holds: Bool, _ claim: @autoclosure () -> String) {
    if !holds { fail(claim()) }
}

func fail(_ claim: String) -> Never {
    fatalError("does not hold: \(claim)")
}
