/// How many letters must be added, removed, changed or swapped with their neighbour to make one
/// text of the other (optimal string alignment).
func editDistance(_ one: String, _ other: String) -> Int {
    let from = Array(one.utf8)
    let to = Array(other.utf8)
    var beforeLast: [Int] = []
    var last = Array(0...to.count)
    for row in 0..<from.count {
        var next = [row + 1]
        for column in 0..<to.count {
            let change = last[column] + (from[row] == to[column] ? 0 : 1)
            var least = min(change, last[column + 1] + 1, next[column] + 1)
            if row > 0, column > 0, from[row] == to[column - 1], from[row - 1] == to[column] {
                least = min(least, beforeLast[column - 1] + 1)
            }
            next.append(least)
        }
        beforeLast = last
        last = next
    }
    return last[to.count]
}

/// The known word that was probably meant; nil where none is near.
func nearest(to word: String, among known: [String]) -> String? {
    let limit = max(2, word.utf8.count / 3)
    return
        known
        .map { (word: $0, distance: editDistance(word.lowercased(), $0)) }
        .filter { $0.distance <= limit }
        .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?
        .word
}
