import EventLoops

/// Prepares the process before anything else runs.
enum ProcessSetup {
    /// Descriptors for a connection and a file, in addition to those of the loops.
    private static let spare = 2
    /// Threads in addition to those of the loops: two that write lines, and those of the system's libraries.
    private static let otherThreads = 8
    /// As many as can be checked.
    private static let mostThreads = 256

    /// Opens the standard streams that are closed. Without them, the process ends: there is nowhere to say why.
    static func openStreams() {
        do throws(SocketError) { try ProcessDescriptors.openStandardStreams() } catch {
            Terminal.fail(
                "webshocket: cannot open /dev/null for a standard stream that is closed: \(error.message)", status: 1)
        }
    }

    /// Checks that the process can open the descriptors and start the threads of its loops.
    ///
    /// If it cannot, the libraries of the system may end it without a message, or wait for ever. Call it before anything
    /// is awaited, which makes Dispatch open and start its own.
    /// - Parameters:
    ///   - loops: the number of loops, not counting the one that all clients share.
    ///   - listeners: the number of listening sockets.
    static func checkResources(loops: Int = 0, listeners: Int = 0) throws(ResourceShortage) {
        let needed = ProcessDescriptors.needed(loops: loops + 1) + listeners + spare
        guard ProcessDescriptors.canOpen(needed) else {
            let limit = ProcessDescriptors.limit.map { "; the process may have \($0) in all (ulimit -n)" } ?? ""
            throw ResourceShortage(description: "too few file descriptors: \(needed) more are needed at start" + limit)
        }
        let threads = min(loops + 1 + otherThreads, mostThreads)
        guard ProcessDescriptors.canStartThreads(threads) else {
            throw ResourceShortage(
                description: "too few threads: \(threads) more are needed at start (ulimit -u, or memory)")
        }
    }

    /// Raises the limit on open descriptors as far as the process may.
    static func raiseDescriptorLimit() {
        do throws(SocketError) { try ProcessDescriptors.raiseLimit() } catch {
            let limit = ProcessDescriptors.limit.map(String.init) ?? "none"
            StandardError.write(
                line: "webshocket warning: cannot raise the limit on open files (\(limit)): \(error.message)")
        }
    }
}

/// The process lacks resources that it needs at start.
struct ResourceShortage: Error, CustomStringConvertible {
    let description: String
}
