/// Carries publications between the hubs of several servers; a server alone has none.
///
/// A hub delivers to its own connections itself, before the broker is told. What a broker brings from elsewhere it
/// hands to ``Hub/deliver(_:)``. What goes to single connections and to users, who is in a room and who is here does
/// not pass it yet, and a predicate with a ``Check`` is a closure, which cannot leave the process.
package protocol Broker: Sendable {
    /// Takes a publication for the other servers' hubs of the same path, encoded in every form; they are to get
    /// ``Publication/forAnotherServer``.
    ///
    /// Called on the publisher's thread, in the publisher's order; it must not block.
    func publish(_ publication: Publication, from hub: Hub)

    /// A name has got its first subscriber or member here, or lost its last: ``Hub/isWanted(_:)`` tells which. Called
    /// on any thread, and once too often now and then.
    func interestMayHaveChanged(in name: String, of hub: Hub)
}
