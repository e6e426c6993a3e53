/// A connection's place in the index of its loop.
///
/// Confined to the loop.
package final class Seat {
    /// The connection's id.
    package let id: UInt64
    package let form: WireForm
    let recipient: any Recipient
    /// The last delivery that came by here, so that a message is delivered once however many subscriptions match.
    @exclusivity(unchecked) var lastDelivery: UInt64 = 0
    /// The last message that its channel's rule has refused to this one, so that the rule is evaluated once however many
    /// subscriptions match.
    @exclusivity(unchecked) var lastRefusal: UInt64 = 0
    /// Whether broadcasts are for it: not before its handler has let it in.
    var hearsBroadcasts = true
    /// Its places in the lists of channels and patterns, by name.
    var places: [ExactText: SeatList.Place] = [:]
    /// The rooms that others were told it is in.
    var announcedRooms: Set<ExactText> = []
    /// Its place in the list of everyone.
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
