/// Members with the turns in which they came; taken out of a roster under its lock, and put in order outside of it.
package struct Arrivals<Member> {
    private let members: [(turn: UInt64, member: Member)]

    init(_ members: [(turn: UInt64, member: Member)]) {
        self.members = members
    }

    /// The members, the first to come first.
    package var inOrder: [Member] { members.sorted { $0.turn < $1.turn }.map(\.member) }
}
