/// Why a call or a packet goes no further.
enum CallRefusal: Error {
    case answer(RPCError)
    /// A rate limit wants the connection closed.
    case disconnect
}

extension ServerConnection {
    /// Asks a guard.
    /// - Parameter what: what is refused where the guard does not hold, in words.
    func ask(_ requirement: SessionPredicate, for what: @autoclosure () -> String) throws(CallRefusal) {
        guard let connection else { throw .disconnect }
        let holds: Bool
        do {
            holds = try requirement.holds(for: connection)
        } catch let error as RPCError {
            throw .answer(error)
        } catch {
            throw .answer(answer(for: GuardError(requirement: requirement, error: error)))
        }
        guard holds else { throw .answer(RPCError("Access denied\(what()).", code: .accessDenied)) }
    }

    /// Charges rate limits.
    /// - Parameter what: what is refused where a limit is exceeded, in words.
    func charge(_ limits: LimitPlan, for what: @autoclosure () -> String) throws(CallRefusal) {
        guard let connection else { throw .disconnect }
        let verdict = serverLoop.limiter.admit(
            limits, at: serverLoop.loop.now, own: &buckets, address: connection.remoteAddress,
            user: { connection.userID })
        guard case .refused(let retryAfter, let disconnects) = verdict else { return }
        guard !disconnects else { throw .disconnect }
        throw .answer(RPCError("Rate limit exceeded\(what()).", code: .rateLimited, retryAfter: retryAfter))
    }

    /// Asks the handler's guard and charges its rate limits for a packet that is not a call.
    /// - Parameter request: the call that the packet would have been; the peer is told of a refusal under its id.
    /// - Returns: whether the packet may reach the handler; if not, the peer was told.
    func admitsPacket(to service: PacketService, as request: IncomingRequest? = nil) -> Bool {
        do throws(CallRefusal) {
            if let requirement = service.requirement { try ask(requirement, for: "") }
            if let limits = service.limits { try charge(limits, for: "") }
            return true
        } catch {
            switch error {
            case .answer(let error):
                if let request { refuse(request, service, error) } else { fail(.noCallID, error) }
            case .disconnect: closeForRateLimit()
            }
            return false
        }
    }

    func closeForRateLimit() {
        close(.tryAgainLater, reason: "Rate limit exceeded")
    }
}

/// What a guard threw, with the guard, for the log.
private struct GuardError: Error, CustomStringConvertible {
    let requirement: SessionPredicate
    let error: any Error

    var description: String { "the guard \(requirement) failed: \(error)" }
}
