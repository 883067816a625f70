import Media
import Platform

/// Brings one fax to its file: each page that its sender was told has come is on the disk a moment
/// later, and the file is whole at any moment.
///
/// While it grows its name ends with `.tif.part`; at its end it gets the name, and the form, of its
/// format.
final class FaxFile: @unchecked Sendable {
    // Used on the lane alone: hence @unchecked.
    private static var partSuffix: String { FaxFormat.tiff.fileSuffix + ".part" }

    private let name: String
    private let plan: FaxPlan
    private var tiff = FaxTIFF()

    init(named name: String, plan: FaxPlan) {
        self.name = name
        self.plan = plan
    }

    /// Why a page could not be kept, in words; nil where it was.
    func append(_ page: FaxPage) -> String? {
        if let reason = Self.shortage(in: plan) { return reason }
        var grown = tiff
        do throws(FileFailure) {
            // Until the last patch, which sets the link, the file ends with the page before.
            for patch in grown.append(page) {
                try plan.folder.write(patch.bytes, to: name + Self.partSuffix, at: patch.offset)
            }
            try plan.folder.sync(name + Self.partSuffix)
            tiff = grown
            return nil
        } catch {
            return error.description
        }
    }

    /// Why nothing more should be taken; nil while there is room.
    static func shortage(in plan: FaxPlan) -> String? {
        guard let free = plan.folder.freeByteCount, free < plan.kept else { return nil }
        return "only \(free / 1_000_000) MB are left on the disk"
    }

    /// The file's final name; nil where there is none.
    func finish() -> (name: String?, failure: String?) {
        do throws(FileFailure) {
            guard tiff.length > 0 else {
                // Not even the first page found room.
                try? plan.folder.remove(name + Self.partSuffix)
                return (nil, nil)
            }
            return (try Self.finish(name, plan), nil)
        } catch {
            // The next start repairs it.
            return (name + Self.partSuffix, error.description)
        }
    }

    private static func finish(_ name: String, _ plan: FaxPlan) throws(FileFailure) -> String {
        let part = name + partSuffix
        if plan.format == .pdf {
            let pages = try pages(of: part, in: plan.folder)
            let made = name + FaxFormat.pdf.fileSuffix
            do throws(FileFailure) {
                try plan.folder.write(FaxPDF.document(pages), to: made + ".part", at: 0)
                try plan.folder.sync(made + ".part")
                try plan.folder.rename(made + ".part", to: made)
                try plan.folder.sync(made)
                try plan.folder.remove(part)
                return made
            } catch {
                // A TIFF is better than no fax.
                try? plan.folder.remove(made + ".part")
            }
        }
        let made = name + FaxFormat.tiff.fileSuffix
        try plan.folder.rename(part, to: made)
        try plan.folder.sync(made)
        return made
    }

    private static func pages(
        of name: String, in folder: any FileFolder
    ) throws(FileFailure) -> [FaxPage] {
        let size = try folder.size(of: name)
        // Pages and what stands around them.
        let file = try folder.read(name, from: 0, count: min(size, 2 * FaxLimits.bytes))
        return FaxTIFF.pages(in: file)
    }

    /// Gives what a crash left behind its name, as far as it came; the names of those files, as they are
    /// from now on.
    static func repair(_ plan: FaxPlan) -> (repaired: [String], failed: [String]) {
        var repaired: [String] = []
        var failed: [String] = []
        for name in ((try? plan.folder.names()) ?? []).sorted() {
            do throws(FileFailure) {
                if name.hasSuffix(FaxFormat.pdf.fileSuffix + ".part") {
                    // What it was made of is there still.
                    try plan.folder.remove(name)
                } else if name.hasSuffix(partSuffix) {
                    if try pages(of: name, in: plan.folder).isEmpty {
                        try plan.folder.remove(name)
                    } else {
                        let base = String(name.dropLast(partSuffix.count))
                        repaired.append(try finish(base, plan))
                    }
                }
            } catch {
                failed.append("\(name): \(error)")
            }
        }
        return (repaired, failed)
    }

    /// True of the names of faxes, whole or not.
    static func isNamed(_ name: String) -> Bool {
        let whole = name.hasSuffix(".part") ? name.dropLast(5) : name[...]
        return FaxFormat.allCases.contains { whole.hasSuffix($0.fileSuffix) }
    }
}
