/// The closing handshake (RFC 6455, section 7), for both roles, without a socket or a clock.
///
/// The owner reports what happened, does what the action says, and starts its close timer whenever a close frame was
/// sent without a drop. After `.drop` it reports nothing more, or `connectionLost()`, which then changes nothing.
package struct CloseMachine {
    package enum Action: Equatable, Sendable {
        /// Write a close frame; with `thenDrop`, end the TCP connection once the frame is flushed.
        case sendClose(code: CloseCode?, reason: String, thenDrop: Bool)
        /// End the TCP connection.
        case drop
        case nothing
    }

    /// How the connection ended, as its owner's user learns it.
    package struct Outcome: Equatable, Sendable {
        package var code: CloseCode
        package var reason: String
        /// Whether both sides sent a close frame before TCP ended.
        package var wasClean: Bool

        package init(code: CloseCode, reason: String, wasClean: Bool) {
            self.code = code
            self.reason = reason
            self.wasClean = wasClean
        }
    }

    private enum State {
        /// Exits: closeRequested → awaitingPeer; peerSentClose → awaitingDrop or ended; failed, connectionLost → ended.
        case open
        /// We sent a close frame. Exits: peerSentClose → awaitingDrop or ended; timedOut, failed, connectionLost →
        /// ended.
        case awaitingPeer(reason: Outcome)
        /// Both close frames went out; the server drops TCP first (section 7.1.1). Exits: connectionLost, timedOut →
        /// ended.
        case awaitingDrop
        case ended
    }

    private let role: Role
    private var state = State.open {
        didSet {
            switch state {
            case .open: break
            case .awaitingPeer: isOpen = false
            case .awaitingDrop, .ended: (isOpen, isReceiving) = (false, false)
            }
        }
    }
    // Stored, because they are asked for with every message, and to ask the state would copy the reason in it.
    /// Whether messages may still be sent: no close frame was sent or received.
    package private(set) var isOpen = true
    /// Whether messages that arrive still count: the peer has not closed and nothing failed.
    package private(set) var isReceiving = true
    /// Set as soon as it is sure, which may be before TCP is gone.
    package private(set) var outcome: Outcome?
    /// Whether this side ended the connection, in order or not, before the peer or the network did.
    package private(set) var wasEndedHere = false

    package init(role: Role) {
        self.role = role
    }

    /// This side wants to end the connection in order.
    package mutating func closeRequested(code: CloseCode? = .normal, reason: String = "") -> Action {
        switch state {
        case .open:
            wasEndedHere = true
            state = .awaitingPeer(reason: Outcome(code: code ?? .noStatus, reason: reason, wasClean: true))
            return .sendClose(code: code, reason: reason, thenDrop: false)
        case .awaitingPeer, .awaitingDrop, .ended:
            return .nothing
        }
    }

    /// A close frame arrived; `code` is nil when it was empty.
    ///
    /// Whoever closed first gave the reason: where this side did, the outcome is what it said and not the peer's echo.
    package mutating func peerSentClose(code: CloseCode?, reason: String) -> Action {
        switch state {
        case .open:
            outcome = Outcome(code: code ?? .noStatus, reason: reason, wasClean: true)
            state = role == .server ? .ended : .awaitingDrop
            return .sendClose(code: code, reason: "", thenDrop: role == .server)
        case .awaitingPeer(let ours):
            outcome = ours
            state = role == .server ? .ended : .awaitingDrop
            return role == .server ? .drop : .nothing
        case .awaitingDrop, .ended:
            return .nothing
        }
    }

    /// This side gives the connection up: the peer broke the protocol, a limit or a deadline (section 7.1.7).
    package mutating func failed(code: CloseCode, reason: String) -> Action {
        switch state {
        case .open:
            wasEndedHere = true
            end(Outcome(code: code, reason: reason, wasClean: false))
            return .sendClose(code: code, reason: reason, thenDrop: true)
        case .awaitingPeer:
            end(Outcome(code: code, reason: reason, wasClean: false))
            return .drop
        case .awaitingDrop:
            state = .ended
            return .drop
        case .ended:
            return .nothing
        }
    }

    /// The time for the closing handshake is over.
    package mutating func timedOut() -> Action {
        switch state {
        case .open, .ended:
            return .nothing
        case .awaitingPeer, .awaitingDrop:
            connectionLost()
            return .drop
        }
    }

    /// TCP ended, from whichever side.
    package mutating func connectionLost() {
        guard case .awaitingPeer(var ours) = state else {
            return end(Outcome(code: .abnormal, reason: "", wasClean: false))
        }
        ours.wasClean = false
        end(ours)
    }

    /// What was known before stays: a completed closing handshake is clean however TCP ends.
    private mutating func end(_ outcome: Outcome) {
        state = .ended
        if self.outcome == nil { self.outcome = outcome }
    }
}
