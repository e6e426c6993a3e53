/// Who is to get what is published to one name, on one loop; adding and removing cost the same however many there are.
///
/// Confined to the loop.
final class SeatList {
    /// Where a seat stands in a list.
    final class Place {
        fileprivate(set) var index: Int
        let list: SeatList

        fileprivate init(_ index: Int, in list: SeatList) {
            self.index = index
            self.list = list
        }
    }

    /// What it is the list of; nil for everyone.
    let selector: ChannelSelector?
    /// Those of the name as it is now: one that all have left, and that came back, has new ones.
    var counters: ChannelCounters?
    /// How many have left.
    @exclusivity(unchecked) private(set) var removals = 0
    /// Copied by whoever walks it: a recipient may run code that adds and removes.
    @exclusivity(unchecked) private(set) var seats: ContiguousArray<Seat> = []
    private var places: ContiguousArray<Place> = []

    init(_ selector: ChannelSelector?, _ counters: ChannelCounters?) {
        self.selector = selector
        self.counters = counters
    }

    var isEmpty: Bool { seats.isEmpty }

    func add(_ seat: Seat) -> Place {
        let place = Place(seats.count, in: self)
        seats.append(seat)
        places.append(place)
        return place
    }

    /// Fills the gap with the last seat.
    func remove(_ place: Place) {
        removals += 1
        let last = seats.count - 1
        seats.swapAt(place.index, last)
        places.swapAt(place.index, last)
        places[place.index].index = place.index
        seats.removeLast()
        places.removeLast()
    }
}
