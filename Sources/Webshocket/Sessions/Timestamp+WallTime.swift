import EventLoops

extension Timestamp {
    init(_ time: WallTime) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
