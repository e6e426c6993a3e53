/// A state machine for the closing handshake (RFC 6455, section 7), for both roles, without a socket or a clock.
///
/// The owner reports events and performs the returned actions. It starts its close timer after each `.sendClose`
/// without `thenDrop`. After `.drop` the only event that it may report is `connectionLost()`, which then changes
/// nothing.
package struct CloseMachine {
    package enum Action: Equatable, Sendable {
        /// Write a close frame. If `thenDrop` is set, end the TCP connection once the frame is flushed.
        case sendClose(code: CloseCode?, reason: String, thenDrop: Bool)
        /// End the TCP connection.
        case drop
        case nothing
    }

    /// How the connection ended, as reported to the user.
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
        /// This side sent a close frame. Exits: peerSentClose → awaitingDrop or ended; timedOut, failed, connectionLost
        /// → ended.
        case awaitingPeer(reason: Outcome)
        /// Both sides sent close frames; the server drops TCP first (section 7.1.1). Exits: connectionLost, timedOut →
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
    // Stored, because they are read for every message, and reading them from the state would copy its reason.
    /// Whether messages can still be sent: no close frame was sent or received.
    package private(set) var isOpen = true
    /// Whether received messages are still delivered: the peer has not closed and nothing failed.
    package private(set) var isReceiving = true
    /// The outcome, which is set as soon as it is certain. TCP may not have ended yet.
    package private(set) var outcome: Outcome?
    /// Whether this side ended the connection, cleanly or not, before the peer or the network did.
    package private(set) var wasEndedHere = false

    package init(role: Role) {
        self.role = role
    }

    /// Reports that this side wants to close the connection cleanly.
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

    /// Reports that a close frame arrived.
    ///
    /// The side that closes first determines the outcome. If this side did, the outcome has its own code and reason,
    /// not the peer's echo.
    /// - Parameter code: The code in the frame, or nil if the frame was empty.
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

    /// Reports that this side fails the connection: the peer violated the protocol, a limit or a deadline (section
    /// 7.1.7).
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

    /// Reports that the closing handshake timed out.
    package mutating func timedOut() -> Action {
        switch state {
        case .open, .ended:
            return .nothing
        case .awaitingPeer, .awaitingDrop:
            connectionLost()
            return .drop
        }
    }

    /// Reports that TCP ended, on either side.
    package mutating func connectionLost() {
        guard case .awaitingPeer(var ours) = state else {
            return end(Outcome(code: .abnormal, reason: "", wasClean: false))
        }
        ours.wasClean = false
        end(ours)
    }

    /// Keeps an outcome that is already set: a completed closing handshake is clean however TCP ends.
    private mutating func end(_ outcome: Outcome) {
        state = .ended
        if self.outcome == nil { self.outcome = outcome }
    }
}
