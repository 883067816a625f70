import Platform

/// Requests within dialogs that wait for a device to come back: found by where it was, and by the
/// dialog that they belong to. No more than there are client transactions.
struct OrphanTable: Sendable {
    /// The requests that wait for one device, each with its dialog.
    private typealias Waiting = [ClientTransactionID: HalfDialog?]

    private var byFlow: [Flow: [FlowPlace: Waiting]] = [:]
    private var byDialog: [HalfDialog: Set<ClientTransactionID>] = [:]

    var isEmpty: Bool { byFlow.isEmpty && byDialog.isEmpty }

    /// How many devices are waited for.
    var placeCount: Int { byFlow.values.reduce(0) { $0 + $1.count } }

    /// Who is waited for that was at the far end of that stream.
    func places(of flow: Flow) -> some Sequence<FlowPlace> { (byFlow[flow] ?? [:]).keys }

    /// - Parameter dialog: nil where the request is in none, as a CANCEL.
    mutating func add(_ id: ClientTransactionID, at place: FlowPlace, of dialog: HalfDialog?) {
        byFlow[place.flow, default: [:]][place, default: [:]].updateValue(dialog, forKey: id)
        if let dialog { byDialog[dialog, default: []].insert(id) }
    }

    mutating func remove(_ id: ClientTransactionID, at place: FlowPlace) {
        guard let dialog = byFlow[place.flow]?[place]?.removeValue(forKey: id) else { return }
        if byFlow[place.flow]?[place]?.isEmpty == true { _ = take(place) }
        forget(id, of: dialog)
    }

    /// All that wait for that device, in the order of their making; none waits any more.
    mutating func removeAll(at place: FlowPlace) -> [ClientTransactionID] {
        let removed = take(place)
        for (id, dialog) in removed { forget(id, of: dialog) }
        return removed.keys.sorted { $0.number < $1.number }
    }

    /// What waits of that dialog and was made before the given one, in order.
    func waiting(
        in dialog: HalfDialog, before id: ClientTransactionID
    ) -> [ClientTransactionID] {
        (byDialog[dialog] ?? []).filter { $0.number < id.number }.sorted { $0.number < $1.number }
    }

    private mutating func take(_ place: FlowPlace) -> Waiting {
        let taken = byFlow[place.flow]?.removeValue(forKey: place) ?? [:]
        if byFlow[place.flow]?.isEmpty == true { byFlow[place.flow] = nil }
        return taken
    }

    private mutating func forget(_ id: ClientTransactionID, of dialog: HalfDialog?) {
        guard let dialog else { return }
        byDialog[dialog]?.remove(id)
        if byDialog[dialog]?.isEmpty == true { byDialog[dialog] = nil }
    }
}

extension HalfDialog {
    /// The far half of the dialog that a request of ours is in; nil outside dialogs.
    init?(farOf request: Request) {
        guard let tag = request.to.tag else { return nil }
        self.init(sipCallID: request.callID, tag: tag)
    }
}
