/// The reason why a call or a packet is refused.
enum CallRefusal: Error {
    case answer(RPCError)
    /// A rate limit requires the connection to be closed.
    case disconnect
}

extension ServerConnection {
    /// Evaluates a guard.
    /// - Parameter what: The refused action, as the end of the error message.
    func ask(_ requirement: SessionCondition, for what: @autoclosure () -> String) throws(CallRefusal) {
        guard let connection else { throw .disconnect }
        let holds: Bool
        do {
            holds = try requirement.holds(for: connection)
        } catch let error as RPCError {
            throw .answer(answer(for: error))
        } catch {
            throw .answer(answer(for: GuardError(requirement: requirement, error: error)))
        }
        guard holds else { throw .answer(RPCError("Access denied\(what()).", code: .accessDenied)) }
    }

    /// Charges rate limits.
    /// - Parameter what: The refused action, as the end of the error message.
    func charge(_ limits: LimitPlan, for what: @autoclosure () -> String) throws(CallRefusal) {
        guard let connection else { throw .disconnect }
        let verdict = serverLoop.limiter.admit(
            limits, at: serverLoop.loop.now, own: &buckets, address: connection.remoteAddress,
            user: { connection.userID })
        guard case .refused(let retryAfter, let disconnects) = verdict else { return }
        guard !disconnects else { throw .disconnect }
        throw .answer(RPCError("Rate limit exceeded\(what()).", code: .rateLimited, retryAfter: retryAfter))
    }

    /// Evaluates the requirement and charges the handler's rate limits for a packet that is not a call.
    /// - Parameter request: The request, if the packet could not be parsed as one; a refusal is sent with its call ID.
    /// - Returns: Whether the packet may reach the handler; if not, the peer has received the error.
    func admitsPacket(to service: PacketService, as request: RefusedRequest? = nil) -> Bool {
        do throws(CallRefusal) {
            if let requirement = service.requirement { try ask(requirement, for: "") }
            if let limits = service.limits { try charge(limits, for: "") }
            return true
        } catch {
            switch error {
            case .answer(let error): refuseUnhandled(error, service, as: request)
            case .disconnect: closeForRateLimit()
            }
            return false
        }
    }

    /// Returns whether a message of a raw path may reach the path's closures. If not, the connection is closed, because
    /// the path has no packets for a response.
    func admitsMessage(to service: RawService) -> Bool {
        guard satisfiesRequirement(of: service) else { return false }
        do throws(CallRefusal) {
            if let limits = service.limits { try charge(limits, for: "") }
            return true
        } catch {
            closeForRateLimit()
            return false
        }
    }

    /// Evaluates the requirement of a raw path, and closes the connection if it does not hold.
    func satisfiesRequirement(of service: RawService) -> Bool {
        guard let requirement = service.requirement else { return true }
        do throws(CallRefusal) {
            try ask(requirement, for: "")
            return link.isOpen
        } catch {
            if case .answer(let error) = error { close(for: error) }
            return false
        }
    }

    /// Closes the connection of a client that a guard has refused. If a ``Check`` throws an `RPCError`, its message is
    /// the close reason of 1008.
    private func close(for refusal: RPCError) {
        switch refusal.code {
        case .internalError: close(.internalError, reason: "")
        case .accessDenied: close(ConnectionClosure.accessDenied.code, reason: ConnectionClosure.accessDenied.reason)
        default: close(.policyViolation, reason: refusal.message)
        }
    }

    func closeForRateLimit() {
        close(.tryAgainLater, reason: "Rate limit exceeded")
    }
}

/// An error thrown by a guard, together with the guard, for the log.
private struct GuardError: Error, CustomStringConvertible {
    let requirement: SessionCondition
    let error: any Error

    var description: String { "the guard \(requirement) failed: \(error)" }
}
