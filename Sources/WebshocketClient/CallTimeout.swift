/// The timeout of a call, or of a whole stream.
public struct CallTimeout: Sendable, Hashable {
    enum Choice: Sendable, Hashable {
        case `default`
        case never
        case after(Duration)
    }

    let choice: Choice

    /// The default: ``ClientConfiguration/callTimeout``.
    public static let `default` = CallTimeout(choice: .default)
    /// No timeout. The call waits while the client is connected, connecting or waiting to reconnect.
    public static let never = CallTimeout(choice: .never)
    /// Returns a timeout of the given duration.
    /// - Parameter time: The duration, which must be positive. Otherwise the call fails with
    ///   ``ClientError/Code/invalidConfiguration``.
    public static func after(_ time: Duration) -> CallTimeout { CallTimeout(choice: .after(time)) }
    /// Returns a timeout in seconds.
    /// - Parameter seconds: The number of seconds, at least 1.
    public static func seconds(_ seconds: some BinaryInteger) -> CallTimeout { .after(.seconds(seconds)) }
    /// Returns a timeout in seconds.
    /// - Parameter seconds: The number of seconds, above 0. From 1e12, about 30,000 years, the result is ``never``.
    public static func seconds(_ seconds: Double) -> CallTimeout {
        guard seconds > 0 else { return .after(.zero) }
        return seconds < 1e12 ? .after(.seconds(seconds)) : .never
    }
    /// Returns a timeout in milliseconds.
    /// - Parameter count: The number of milliseconds, at least 1.
    public static func milliseconds(_ count: some BinaryInteger) -> CallTimeout { .after(.milliseconds(count)) }

    /// Returns the timeout as a duration, or nil for no timeout.
    /// - Parameter standard: The configured default, which ``default`` stands for; nil for no timeout.
    /// - Throws: ``ClientError`` if the timeout is not positive.
    func time(default standard: Duration?) throws(ClientError) -> Duration? {
        let time: Duration? =
            switch choice {
            case .default: standard
            case .never: nil
            case .after(let time): time
            }
        if let time, time <= .zero {
            throw ClientError(.invalidConfiguration, "a call's timeout must be positive (got \(time))")
        }
        return time
    }
}

extension RPCExtensions {
    /// Returns the `timeout` field of a request (Protocol.md, "Deadlines"), or no fields if there is no timeout.
    ///
    /// The value is rounded up to one millisecond, the unit of the field: 0 would expire before the method runs.
    static func timeout(_ time: Duration?) -> RPCExtensions {
        guard let time else { return [] }
        return [("timeout", .double(Swift.max(time, .milliseconds(1)).wireSeconds))]
    }
}
