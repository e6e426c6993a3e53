/// A name for work that runs on event loops, such as `RPC method 'digest'`, for a watchdog to report.
///
/// A label must live as long as the loops that run work with it, since a watchdog reads it from another thread.
@usableFromInline
package final class WorkLabel: Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }
}
