/// How long a call waits for its reply, or a stream for its end.
public struct CallTimeout: Sendable, Hashable {
    enum Choice: Sendable, Hashable {
        case standard
        case never
        case after(Duration)
    }

    let choice: Choice

    /// As ``ClientConfiguration/callTimeout`` says.
    public static let standard = CallTimeout(choice: .standard)
    /// For as long as the client is connected, or seeks to be.
    public static let never = CallTimeout(choice: .never)
    /// For a time, which is to be positive: a call with any other fails with ``ClientError/Code/invalidConfiguration``.
    public static func after(_ time: Duration) -> CallTimeout { CallTimeout(choice: .after(time)) }
    /// For some seconds, 1 or more.
    public static func seconds(_ seconds: some BinaryInteger) -> CallTimeout { .after(.seconds(seconds)) }
    /// For some seconds, above 0; from 30,000 years on as ``never``.
    public static func seconds(_ seconds: Double) -> CallTimeout {
        guard seconds > 0 else { return .after(.zero) }
        return seconds < 1e12 ? .after(.seconds(seconds)) : .never
    }
    /// For some milliseconds, 1 or more.
    public static func milliseconds(_ count: some BinaryInteger) -> CallTimeout { .after(.milliseconds(count)) }

    /// - Throws: ``ClientError`` for a time that is not positive.
    func time(standard: Duration?) throws(ClientError) -> Duration? {
        let time: Duration? =
            switch choice {
            case .standard: standard
            case .never: nil
            case .after(let time): time
            }
        if let time, time <= .zero {
            throw ClientError(.invalidConfiguration, "a call's timeout is to be positive, not \(time)")
        }
        return time
    }
}

extension RPCExtensions {
    /// How long the caller waits, as the server is told (Protocol.md, "Deadlines"); at least a millisecond, which is
    /// what it counts in, since 0 has passed before the method runs.
    static func timeout(_ time: Duration?) -> RPCExtensions {
        guard let time else { return [] }
        return [("timeout", .double(Swift.max(time, .milliseconds(1)).wireSeconds))]
    }
}
