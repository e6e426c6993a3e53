/// How long a call waits for its reply.
public struct CallTimeout: Sendable, Hashable {
    enum Choice: Sendable, Hashable {
        case standard
        case never
        case after(Duration)
    }

    let choice: Choice

    /// As ``ClientConfiguration/callTimeout`` says.
    public static let standard = CallTimeout(choice: .standard)
    /// For as long as the connection lives.
    public static let never = CallTimeout(choice: .never)
    /// For a time, which is to be positive.
    public static func after(_ time: Duration) -> CallTimeout { CallTimeout(choice: .after(time)) }
    /// For some seconds, 1 or more.
    public static func seconds(_ seconds: some BinaryInteger) -> CallTimeout { .after(.seconds(seconds)) }
    /// For some milliseconds, 1 or more.
    public static func milliseconds(_ count: some BinaryInteger) -> CallTimeout { .after(.milliseconds(count)) }

    func time(standard: Duration?) -> Duration? {
        switch choice {
        case .standard: standard
        case .never: nil
        case .after(let time): time
        }
    }
}
