import Synchronization

/// The number of connections that use each form. A form without readers need not be encoded.
package final class ReaderCounter: Sendable {
    private let messagePack = Atomic<Int>(0)
    private let json = Atomic<Int>(0)
    private let values = Atomic<Int>(0)

    /// The forms that at least one connection uses. Every connection that subscribed before the call is counted.
    package var formsInUse: [WireForm] {
        WireForm.allCases.filter { count(of: $0) > 0 }
    }

    package func count(of form: WireForm) -> Int {
        switch form {
        case .messagePack: messagePack.load(ordering: .acquiring)
        case .json: json.load(ordering: .acquiring)
        case .values: values.load(ordering: .acquiring)
        }
    }

    func add(_ change: Int, to form: WireForm) {
        switch form {
        case .messagePack: messagePack.add(change, ordering: .acquiringAndReleasing)
        case .json: json.add(change, ordering: .acquiringAndReleasing)
        case .values: values.add(change, ordering: .acquiringAndReleasing)
        }
    }
}
