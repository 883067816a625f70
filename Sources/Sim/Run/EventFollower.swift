import PBX

/// Somebody who reads the exchange's events from afar, and has a picture of his own made of them.
struct EventFollower: Sendable {
    private(set) var position: EventPosition?
    private(set) var picture = ExchangePicture()

    mutating func take(_ batch: EventBatch) {
        if let whole = batch.picture { picture = whole }
        for event in batch.events { picture.apply(event.news) }
        position = batch.position
    }
}
