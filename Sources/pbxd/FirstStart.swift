import Foundation
import PBX
import Platform
import Settings

/// What a newcomer is told, once: the drawn passwords and how to point a phone here.
enum FirstStart {
    static func show(_ samples: [ExtensionCredentials], settings: Settings) {
        guard !samples.isEmpty else { return }
        print("Sample extensions were made. Their passwords and PINs are shown only now:")
        print("")
        print("  number  password              PIN")
        for sample in samples {
            let password = (sample.password ?? "").padding(
                toLength: 20, withPad: " ", startingAt: 0)
            print("  \(sample.number)     \(password)  \(sample.pin ?? "")")
        }
        print("")
        print("Point a phone here: user and authentication name = the number, the password above,")
        print("server or registrar = this machine's address, domain = \(settings.domain.name)")
        print("(or the address again). Then dial from one extension to another.")
        print("")
        fflush(nil)
    }
}
