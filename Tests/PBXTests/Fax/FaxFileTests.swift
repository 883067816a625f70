import Media
import Platform
import Synchronization
import Testing

@testable import PBX

/// Faxes on their way to a file, on disks of every kind.
struct FaxFileTests {
    private struct NoMachines: FaxPlane {
        func answer(
            _ line: FaxLine, as identity: String, tell: @escaping @Sendable (FaxNews) -> Void
        ) { tell(.refused) }
    }

    private let folder = MemoryFolder()
    private let pages = (1...3).map { count in
        FaxPage(width: 1_728, height: 100 * count, bytes: [UInt8](repeating: 7, count: count))
    }

    private func plan(_ format: FaxFormat = .tiff) -> FaxPlan {
        FaxPlan(
            machines: NoMachines(), folder: folder, lane: ImmediateLane(), format: format,
            kept: 1_000)
    }

    private func kept(_ name: String) -> [FaxPage] {
        FaxTIFF.pages(in: folder.files[name] ?? [])
    }

    @Test
    func `each page is on the disk when it has come, synced, and at the end the name is right`() {
        let file = FaxFile(named: "one", plan: plan())
        for count in 1...3 {
            #expect(file.append(pages[count - 1]) == nil)
            #expect(kept("one.tif.part") == Array(pages[..<count]))
            #expect(folder.disk.withLock { $0.synced.contains("one.tif.part") })
        }
        #expect(file.finish().name == "one.tif")
        #expect(kept("one.tif") == pages)
        #expect(folder.files.count == 1)
    }

    @Test func `a fax without a page leaves no file`() {
        let file = FaxFile(named: "one", plan: plan())
        let (name, failure) = file.finish()
        #expect(name == nil && failure == nil)
        #expect(folder.files.isEmpty)
    }

    @Test func `a PDF takes the TIFF's place, unless there is no room for both`() {
        let file = FaxFile(named: "one", plan: plan(.pdf))
        for page in pages { #expect(file.append(page) == nil) }
        #expect(file.finish().name == "one.pdf")
        #expect(folder.files["one.pdf"] == FaxPDF.document(pages))
        #expect(folder.files.count == 1)
        let other = FaxFile(named: "two", plan: plan(.pdf))
        #expect(other.append(pages[0]) == nil)
        folder.disk.withLock { $0.room = 10 }
        let (name, failure) = other.finish()
        #expect(name == "two.tif" && failure == nil)
        #expect(kept("two.tif") == [pages[0]])
        #expect(folder.files.count == 2)
    }

    @Test func `a page that found no room is not there, and those before it are`() {
        let file = FaxFile(named: "one", plan: plan())
        #expect(file.append(pages[0]) == nil)
        folder.disk.withLock { $0.room = 5 }
        #expect(file.append(pages[1]) != nil)
        #expect(kept("one.tif.part") == [pages[0]])
        #expect(file.finish().name == "one.tif")
        #expect(kept("one.tif") == [pages[0]])
    }

    @Test func `a disk that is nearly full is kept for calls`() {
        folder.disk.withLock { $0.free = 999 }
        let file = FaxFile(named: "one", plan: plan())
        #expect(file.append(pages[0]) == "only 0 MB are left on the disk")
        #expect(FaxFile.shortage(in: plan()) != nil)
        #expect(folder.files.isEmpty)
    }

    @Test func `what a crash left gets its name as far as it came, or goes`() {
        let file = FaxFile(named: "one", plan: plan())
        #expect(file.append(pages[0]) == nil)
        #expect(file.append(pages[1]) == nil)
        folder.disk.withLock { disk in
            disk.files["two.tif.part"] = [0x49, 0x49, 42, 0, 0]
            disk.files["one.pdf.part"] = [1]
            disk.files["call.wav.part"] = [2]
        }
        let (repaired, failed) = FaxFile.repair(plan(.pdf))
        #expect(repaired == ["one.pdf"] && failed.isEmpty)
        #expect(folder.files["one.pdf"] == FaxPDF.document(Array(pages[..<2])))
        #expect(Set(folder.files.keys) == ["one.pdf", "call.wav.part"])
    }

    @Test func `names of faxes are told from those of recordings`() {
        for name in ["a.tif", "a.pdf", "a.tif.part", "a.pdf.part"] {
            #expect(FaxFile.isNamed(name))
        }
        for name in ["a.wav", "a.opus.part", "tif", "a.tif.wav"] { #expect(!FaxFile.isNamed(name)) }
    }
}
