import Packets

extension WireValue {
    private var children: [WireValue] {
        switch self {
        case .array(let elements): elements
        case .map(let pairs): Array(pairs.values)
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .ext: []
        }
    }

    /// The depth of nested containers. In JSON, an extension is a container.
    func depth(in codec: PacketCodec) -> Int {
        switch self {
        case .array, .map: 1 + (children.map { $0.depth(in: codec) }.max() ?? 0)
        case .ext: codec == .json ? 1 : 0
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp: 0
        }
    }

    var hasNaN: Bool {
        if case .double(let value) = self { value.isNaN } else { children.contains { $0.hasNaN } }
    }

    /// Whether the value contains no NaN and no infinity.
    var isFinite: Bool {
        if case .double(let value) = self { value.isFinite } else { children.allSatisfy { $0.isFinite } }
    }

    /// Returns whether both values are equal, if NaN is considered equal to NaN.
    func same(as other: WireValue?) -> Bool {
        switch (self, other) {
        case (.double(let one), .double(let two)): one == two || one.isNaN && two.isNaN
        case (.array(let one), .array(let two)): one.count == two.count && zip(one, two).allSatisfy { $0.same(as: $1) }
        case (.map(let one), .map(let two)):
            one.count == two.count && one.allSatisfy { key, value in value.same(as: two[key]) }
        default: self == other
        }
    }
}
