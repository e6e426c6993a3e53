import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Starts a detached thread.
/// - Parameters:
///   - name: The name of the thread, truncated to 15 characters.
///   - body: Runs on the thread, which ends when it returns. It is not called if the thread cannot be created.
/// - Returns: 0, or an `errno` code if there are too many threads or there is not enough memory.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin)
        var thread: pthread_t?
    #else
        var thread = pthread_t()
    #endif
    let result = pthread_create(&thread, &attributes, threadMain, start.toOpaque())
    pthread_attr_destroy(&attributes)
    if result != 0 { start.release() }
    return result
}

/// The name and the work of a new thread.
private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

#if canImport(Darwin)
    private typealias ThreadArgument = UnsafeMutableRawPointer
#else
    private typealias ThreadArgument = UnsafeMutableRawPointer?
#endif

private func threadMain(_ argument: ThreadArgument) -> UnsafeMutableRawPointer? {
    let argument: UnsafeMutableRawPointer? = argument
    let start = Unmanaged<ThreadStart>.fromOpaque(argument.unsafelyUnwrapped).takeRetainedValue()
    cuv_name_thread(String(start.name.prefix(15)))
    start.body()
    return nil
}
