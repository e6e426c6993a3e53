/// A name for work that runs on event loops, such as `RPC method 'digest'`, which a watchdog reports.
///
/// A label must live as long as the loops that run its work, because a watchdog reads it on another thread.
@usableFromInline
package final class WorkLabel: Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }
}
