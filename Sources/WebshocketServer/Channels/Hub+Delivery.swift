import EventLoops

extension Hub {
    /// Sends a publication to all its recipients, on this server and on others.
    func send(_ publication: Publication) {
        deliver(publication)
        settings.broker?.publish(publication, from: self)
    }

    /// Delivers a publication to this server's connections.
    package func deliver(_ publication: Publication) {
        traffic.notePublished()
        directory.deliver(publication) { [traffic] report in
            traffic.noteDelivered(report.delivered, dropped: report.dropped)
        }
    }

    /// Sends a publication, and returns when all recipients that must be waited for have room for more.
    /// - Returns: The number of recipients on this server.
    func sendAndWait(_ publication: Publication) async throws -> Int {
        let wait = DeliveryWait(loops: directory.partCount)
        traffic.notePublished()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait.begin(continuation)
                directory.deliver(publication) { [traffic] report in
                    traffic.noteDelivered(report.delivered, dropped: report.dropped)
                    wait.loopHasDelivered(report)
                }
                settings.broker?.publish(publication, from: self)
            }
        } onCancel: {
            wait.cancel()
        }
    }
}
