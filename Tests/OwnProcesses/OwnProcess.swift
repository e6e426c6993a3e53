#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The process of an exit test, which nothing else shares.
package enum OwnProcess {
    /// Ends the process with SIGALRM after some seconds: the time limit of a test does not end the process of its exit
    /// test.
    /// - Parameters:
    ///   - seconds: less than the time limit of the test.
    ///   - isSuccess: exits with success instead, for a test that expects a failure.
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
        /// The limit bounds the numbers of new descriptors, and not how many are open: below a limit of 3, nothing can
        /// be opened while the standard streams are open, whatever other threads close.
        /// - Returns: the soft limit before.
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

        /// Makes Dispatch open its descriptors. If it cannot open them when it first needs a timer, it ends the process.
        ///
        /// On a busy machine a sleep can be over before its timer is set, and opens none.
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
