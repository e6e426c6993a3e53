extension WebSocketLink {
    /// The reasons for which reading is paused. It resumes when none is left.
    package struct PauseReasons: OptionSet {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Other loops have too many queued publications.
        package static let hub = PauseReasons(rawValue: 1 << 5)
        /// The handler has too many queued join and leave events.
        package static let memberships = PauseReasons(rawValue: 1 << 6)
        /// The peer does not read the data that was sent to it.
        package static let backPressure = PauseReasons(rawValue: 1 << 0)
        /// Too many messages wait to be processed.
        package static let backlog = PauseReasons(rawValue: 1 << 1)
        /// The peer sends requests that do not wait too fast.
        package static let promptRequests = PauseReasons(rawValue: 1 << 7)
        /// The peer's close frame waits.
        package static let close = PauseReasons(rawValue: 1 << 9)
        /// The peer's first token is being checked.
        package static let token = PauseReasons(rawValue: 1 << 8)
        /// A handler of raw messages has not returned.
        package static let handler = PauseReasons(rawValue: 1 << 2)
        /// The owner's queue of received packets is full.
        package static let inbox = PauseReasons(rawValue: 1 << 3)
        /// Too many responses are queued because the client does not read them.
        package static let answersWait = PauseReasons(rawValue: 1 << 4)
    }
}
