/// The recipients of one channel or pattern on one loop. Adding and removing take constant time.
///
/// Confined to the loop.
final class SeatList {
    /// The position of a seat in a list.
    final class Place {
        fileprivate(set) var index: Int
        let list: SeatList

        fileprivate init(_ index: Int, in list: SeatList) {
            self.index = index
            self.list = list
        }
    }

    /// The channel or pattern of the list; nil for all connections.
    let selector: ChannelSelector?
    /// The current counters of the name. If all subscribers leave and new ones arrive, the name gets new counters.
    var counters: ChannelCounters?
    /// The number of seats that were removed since the list was made.
    @exclusivity(unchecked) private(set) var removals = 0
    /// Iterate over a copy: a recipient may run code that adds and removes seats.
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
