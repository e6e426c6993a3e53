/// Carries publications between the hubs of several servers. A server that runs alone has no broker.
///
/// A hub delivers to its own connections first, and then calls the broker. A broker passes publications from other
/// servers to ``Hub/deliver(_:)``. Messages to single connections or users, room membership and presence do not use the
/// broker yet. A predicate that contains a ``Check`` is a closure, which cannot leave the process.
package protocol Broker: Sendable {
    /// Takes a publication for the hubs of the same path on other servers. It is encoded in every form, and those hubs
    /// must receive ``Publication/forAnotherServer``.
    ///
    /// Called on the publisher's thread, in the publisher's order; it must not block.
    func publish(_ publication: Publication, from hub: Hub)

    /// Reports that a name may have got its first subscriber or member on this server, or lost its last one.
    ///
    /// Call ``Hub/isWanted(_:)`` for the current state. Called on any thread, sometimes without an actual change.
    func interestMayHaveChanged(in name: String, of hub: Hub)
}
