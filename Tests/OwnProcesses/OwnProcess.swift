#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Helpers for the process of an exit test.
package enum OwnProcess {
    /// Terminates the process with SIGALRM after a time. The time limit of a test does not apply to the process of its
    /// exit test.
    /// - Parameters:
    ///   - seconds: The time in seconds; less than the time limit of the test.
    ///   - isSuccess: Whether to exit with success instead, for a test that expects a failure.
    package static func end(afterSeconds seconds: UInt32 = 280, successfully isSuccess: Bool = false) {
        if isSuccess {
            signal(SIGALRM) { _ in _exit(EXIT_SUCCESS) }
        } else {
            signal(SIGALRM, SIG_DFL)
        }
        alarm(seconds)
    }

    #if os(Linux)
        /// Sets the soft limit on open descriptors.
        ///
        /// The limit applies to the number of a new descriptor, not to the count of open ones. With a limit of 3 and
        /// open standard streams, no descriptor can be opened, even if other threads close some.
        /// - Returns: The previous soft limit.
        @discardableResult
        package static func limitDescriptors(to count: Int = 3) -> Int {
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            var limit = rlimit()
            getrlimit(resource, &limit)
            let before = Int(clamping: limit.rlim_cur)
            limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
            setrlimit(resource, &limit)
            return before
        }

        /// Makes Dispatch open its descriptors. If it cannot open them when it first needs a timer, it terminates the
        /// process.
        ///
        /// It sleeps repeatedly: on a busy machine, a sleep may be over before Dispatch has set a timer for it.
        package static func openDescriptorsOfDispatch() async throws {
            while !(0..<256).contains(where: { isTimer($0) }) { try await Task.sleep(for: .milliseconds(10)) }
        }

        private static func isTimer(_ descriptor: Int) -> Bool {
            var target = [CChar](repeating: 0, count: 64)
            let count = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
            return target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }
                .elementsEqual("anon_inode:[timerfd]".utf8)
        }
    #endif
}
