import EventLoops

extension UpgradeSession {
    /// Marks the connection as idle between two requests, so that it can be asked to make room. A proxy's idle
    /// connection counts for no address.
    func beginRest() {
        guard rest == nil else { return }
        let counter = serverLoop.context.counter
        let here = LoopBound(self, loop: serverLoop.loop)
        let makeRoom: @Sendable () -> Void = { here.loop.execute { here.value.makeRoom() } }
        switch counted {
        case .not: break
        case .nobody: rest = counter.rest(nil, makeRoom)
        case .address(let address) where proxies?.headers != nil:
            counter.forget(address)
            counted = .nobody
            rest = counter.rest(nil, makeRoom)
        case .address(let address): rest = counter.rest(address, makeRoom)
        }
    }

    /// Marks the connection as no longer idle.
    /// - Returns: Whether the connection is still counted. If not, it must be closed.
    @discardableResult
    func wake() -> Bool {
        guard let rest = rest.take(), !serverLoop.context.counter.wake(rest) else { return true }
        counted = .not
        return false
    }

    private func makeRoom() {
        if !wake() { giveUpPlace() }
    }
}
