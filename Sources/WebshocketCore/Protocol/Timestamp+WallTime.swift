import EventLoops

extension Timestamp {
    package init(_ time: WallTime) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
