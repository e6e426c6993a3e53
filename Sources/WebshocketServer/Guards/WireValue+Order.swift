extension WireValue {
    /// The result of comparing one value to another.
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

    /// Compares this value to another. Strings are compared by their UTF-8 bytes.
    /// - Returns: Nil if either is NaN, or if they are not both numbers, both strings, or both points in time.
    func order(to other: WireValue) -> Order? {
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

    /// Whether both are equal. Numbers of different types are compared by value.
    func isWorth(_ other: WireValue) -> Bool {
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

    /// Compares an integer to a double without converting the integer, which could round it.
    /// - Parameters:
    ///   - least: The least integer of the type.
    ///   - bound: The smallest double that is greater than every integer of the type.
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
