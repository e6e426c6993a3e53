/// A connection's entry in the index of its loop.
///
/// Confined to the loop.
package final class Seat {
    /// The connection's id.
    package let id: UInt64
    package let form: WireForm
    let recipient: any Recipient
    /// The last delivery that considered this seat. It ensures that a message is delivered once, even if several
    /// subscriptions match.
    @exclusivity(unchecked) var lastDelivery: UInt64 = 0
    /// The last message that its channel's rule denied to this seat. It ensures that the rule is evaluated once, even
    /// if several subscriptions match.
    @exclusivity(unchecked) var lastRefusal: UInt64 = 0
    /// Whether the connection receives broadcasts. False until its handler has admitted it.
    var receivesBroadcasts = true
    /// Its places in the lists of channels and patterns, by name.
    var places: [ExactText: SeatList.Place] = [:]
    /// The rooms in which its membership was announced.
    var announcedRooms: Set<ExactText> = []
    /// Its place in the list of all connections.
    var place: SeatList.Place?

    package init(id: UInt64, form: WireForm, recipient: any Recipient) {
        self.id = id
        self.form = form
        self.recipient = recipient
    }

    func isIn(_ list: SeatList) -> Bool {
        let place = list.selector.map { places[ExactText($0.text)] } ?? place
        return place?.list === list
    }
}
