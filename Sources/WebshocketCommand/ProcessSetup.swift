import EventLoops

/// Prepares the process before anything else runs.
enum ProcessSetup {
    /// The descriptors for a connection and a file, in addition to those of the event loops.
    private static let spare = 2
    /// The threads in addition to those of the event loops: two that write lines, and those of the system's libraries.
    private static let otherThreads = 8
    /// The largest number of threads that can be checked.
    private static let mostThreads = 256

    /// Opens the standard streams that are closed. If that fails, the process exits.
    static func openStreams() {
        do throws(SocketError) { try ProcessDescriptors.openStandardStreams() } catch {
            Terminal.fail(
                "webshocket: cannot open /dev/null for a standard stream that is closed: \(error.message)", status: 1)
        }
    }

    /// Checks that the process can open the descriptors and start the threads that its event loops need.
    ///
    /// Without this check, the system's libraries may end the process without a message, or hang. Call it before the
    /// first `await`, because Dispatch then opens descriptors and starts threads of its own.
    /// - Parameters:
    ///   - loops: The number of event loops, not counting the loop that all clients share.
    ///   - listeners: The number of listening sockets.
    /// - Throws: ``ResourceShortage`` if there are too few descriptors or threads.
    static func checkResources(loops: Int = 0, listeners: Int = 0) throws(ResourceShortage) {
        let needed = ProcessDescriptors.needed(loops: loops + 1) + listeners + spare
        guard ProcessDescriptors.canOpen(needed) else {
            let limit = ProcessDescriptors.limit.map { "; the limit is \($0) (ulimit -n)" } ?? ""
            throw ResourceShortage(description: "too few file descriptors: \(needed) more are needed at start" + limit)
        }
        let threads = min(loops + 1 + otherThreads, mostThreads)
        guard ProcessDescriptors.canStartThreads(threads) else {
            throw ResourceShortage(
                description: "too few threads: \(threads) more are needed at start (check ulimit -u and free memory)")
        }
    }

    /// Raises the soft limit on open descriptors to the hard limit.
    static func raiseDescriptorLimit() {
        do throws(SocketError) { try ProcessDescriptors.raiseLimit() } catch {
            let limit = ProcessDescriptors.limit.map(String.init) ?? "none"
            StandardError.write(
                line: "webshocket warning: cannot raise the limit on open files (\(limit)): \(error.message)")
        }
    }
}

/// The error for a process that lacks resources at start.
struct ResourceShortage: Error, CustomStringConvertible {
    let description: String
}
