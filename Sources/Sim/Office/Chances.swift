import Platform

/// The distributions by which people telephone.
///
/// Logarithm and exponential are computed here, from sums and products alone: those of mathematical
/// libraries differ in their last bits, and a run must be the same everywhere.
extension RandomSource {
    /// At least 0, below 1.
    private func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// How long one waits for what happens at random, so often on average: exponential.
    func wait(mean: Duration) -> Duration {
        .nanoseconds(Int64(Double(mean.nanoseconds) * exponential()))
    }

    /// Exponential with mean 1; at most 36.
    func exponential() -> Double {
        // Never the logarithm of 0.
        -naturalLogarithm(1 - fraction())
    }

    /// How long people talk: most for less than the mean, a few for very long (log-normal).
    ///
    /// At most 20 times the mean.
    func talkTime(mean: Duration) -> Duration {
        // A spread of 0.9 has a mean of exp(0.9² / 2) = 1.499 times the median.
        let factor = naturalExponential(0.9 * normal()) / 1.499
        return .nanoseconds(Int64(Double(mean.nanoseconds) * min(factor, 20)))
    }

    /// Normal with mean 0 and spread 1, within ±6: twelve uniform draws together.
    private func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + fraction() }
    }
}

/// For finite values above 0; exact to about 15 digits.
private func naturalLogarithm(_ value: Double) -> Double {
    let ratio = (value.significand - 1) / (value.significand + 1)
    let square = ratio * ratio
    var power = ratio
    var sum = 0.0
    // The series of 2·artanh; the ratio is at most a third.
    for step in 0..<18 {
        sum += power / Double(2 * step + 1)
        power *= square
    }
    return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
}

/// For values of at most a few dozen.
private func naturalExponential(_ value: Double) -> Double {
    let part = value / 64
    var term = 1.0
    var sum = 1.0
    for step in 1..<12 {
        term *= part / Double(step)
        sum += term
    }
    // 64 is 2⁶.
    for _ in 0..<6 { sum *= sum }
    return sum
}
