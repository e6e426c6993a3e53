import Synchronization

/// How many connections read each form, so that nothing is encoded for nobody.
package final class ReaderCensus: Sendable {
    private let messagePack = Atomic<Int>(0)
    private let json = Atomic<Int>(0)
    private let values = Atomic<Int>(0)

    /// The forms that somebody reads. Who has subscribed before this is asked is counted.
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
