import Platform
import SIPStack

/// A leg on its way from one call to another, where it shall take the place of a leg of its
/// transferor.
///
/// ```
///  giver                              taker
///    │ gate.release(), handOver            │
///    ├── relief(passage) ─────────────────▶│  takes it: legLeft
///    │◀─────────────────── legLeft ────────┤
///    │◀─────────────────── legCameBack ────┤  or can't: the giver has it again
/// ```
/// Whoever has the passage in hand has the leg: it gives it on, keeps it, or hangs it up.
struct LegPassage: Sendable {
    /// By what right it comes.
    enum Warrant: Sendable, Equatable {
        /// A transferor's: in the place of a leg of its own.
        case transferor(ExtensionID)
        /// The call that it goes to has said so; whose leg it is.
        case granted(ExtensionID, FoundPlace.Manner)
    }

    var leg: Leg
    /// Deadlines of the leg's usage that were running.
    var deadlines: [InviteSession.Timer: Instant]
    /// When it is asked again whether it lives; nil where nobody doubts.
    var life: Instant?
    let giver: Mailbox<Call>
    let warrant: Warrant
    /// Ties the histories of both calls.
    let linkedID: CallID
    /// Why it was not taken.
    var refusal: Status?
}
