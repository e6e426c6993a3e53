import EventLoops

/// What the command does with its process before all else.
enum ProcessSetup {
    /// Descriptors for a connection and a file, beside those of the loops.
    private static let spare = 2

    /// Opens the standard streams that are closed. Without them, the process ends: there is nowhere to say why.
    static func openStreams() {
        do throws(SocketError) { try ProcessDescriptors.openStandardStreams() } catch {
            Terminal.fail("cannot open /dev/null for a standard stream that is closed: \(error.message)", status: 1)
        }
    }

    /// Checks that the process can open the descriptors of its loops; if it cannot, the libraries of the system may end
    /// it without a message. To be called before anything is awaited, which makes Dispatch open its own.
    /// - Parameters:
    ///   - loops: the number of loops, beside the one that all clients share.
    ///   - listeners: the number of listening sockets.
    static func checkDescriptors(loops: Int = 0, listeners: Int = 0) throws(TooFewDescriptors) {
        let needed = ProcessDescriptors.needed(loops: loops + 1) + listeners + spare
        guard !ProcessDescriptors.canOpen(needed) else { return }
        throw TooFewDescriptors(needed: needed, limit: ProcessDescriptors.limit)
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

/// The process may not open as many descriptors as it needs to begin.
struct TooFewDescriptors: Error, CustomStringConvertible {
    let needed: Int
    let limit: Int?

    var description: String {
        "too few file descriptors: \(needed) more are needed at start"
            + (limit.map { ", and the process may have \($0) in all (ulimit -n)" } ?? "")
    }
}
