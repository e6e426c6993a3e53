extension Value {
    /// How one value stands to another.
    enum Order {
        case less, equal, greater

        fileprivate var reversed: Order {
            switch self {
            case .less: .greater
            case .equal: .equal
            case .greater: .less
            }
        }
    }

    /// How this value compares to the other one, texts by their UTF-8 bytes; nil unless both are numbers, texts, or
    /// points in time, and for NaN.
    func order(to other: Value) -> Order? {
        switch (self, other) {
        case (.int(let one), .int(let two)): Self.order(one, two)
        case (.int(let one), .uint(let two)): Self.order(one, wide: two)
        case (.uint(let one), .int(let two)): Self.order(two, wide: one).reversed
        case (.uint(let one), .uint(let two)): Self.order(one, two)
        case (.double(let one), .double(let two)): Self.order(one, two)
        case (.int(let one), .double(let two)): Self.order(one, from: -0x1p63, below: 0x1p63, two)
        case (.uint(let one), .double(let two)): Self.order(one, from: 0, below: 0x1p64, two)
        case (.double(let one), .int(let two)): Self.order(two, from: -0x1p63, below: 0x1p63, one)?.reversed
        case (.double(let one), .uint(let two)): Self.order(two, from: 0, below: 0x1p64, one)?.reversed
        case (.string(let one), .string(let two)): Self.order(ExactText(one), ExactText(two))
        case (.timestamp(let one), .timestamp(let two)): Self.order(one, two)
        default: nil
        }
    }

    /// Whether both are the same number, whatever its type, or the same value.
    func isWorth(_ other: Value) -> Bool {
        switch (self, other) {
        case (.int, .uint), (.int, .double), (.uint, .int), (.uint, .double), (.double, .int), (.double, .uint):
            order(to: other) == .equal
        default:
            self == other
        }
    }

    private static func order<Content: Comparable>(_ one: Content, _ two: Content) -> Order? {
        if one < two { return .less }
        if one == two { return .equal }
        return one > two ? .greater : nil
    }

    private static func order(_ one: Int64, wide two: UInt64) -> Order {
        one < two ? .less : one == two ? .equal : .greater
    }

    /// Compares without rounding the integer, as making a double of it would.
    /// - Parameters:
    ///   - least: the least integer of the type.
    ///   - bound: the first double above the integers of the type.
    private static func order<Integer: FixedWidthInteger>(
        _ integer: Integer, from least: Double, below bound: Double, _ double: Double
    ) -> Order? {
        guard !double.isNaN else { return nil }
        if double < least { return .greater }
        guard double < bound else { return .less }
        let whole = double.rounded(.towardZero)
        let order = order(integer, Integer(whole))
        return order == .equal ? Self.order(whole, double) : order
    }
}
