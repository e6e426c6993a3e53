/// Members with their arrival numbers. They are copied from a roster under its lock, and sorted after it is released.
package struct Arrivals<Member> {
    private let members: [(turn: UInt64, member: Member)]

    init(_ members: [(turn: UInt64, member: Member)]) {
        self.members = members
    }

    /// The members, in the order of their arrival.
    package var inOrder: [Member] { members.sorted { $0.turn < $1.turn }.map(\.member) }
}
