/// The numbers of the names that the hot path reads; the places in `FieldName.table`, from 1. A
/// test compares the two.
enum FieldNumber {
    static var via: UInt8 { 1 }
    static var from: UInt8 { 2 }
    static var to: UInt8 { 3 }
    static var callID: UInt8 { 4 }
    static var cSeq: UInt8 { 5 }
    static var contact: UInt8 { 6 }
    static var maxForwards: UInt8 { 7 }
    static var contentLength: UInt8 { 8 }
    static var contentType: UInt8 { 9 }
    static var expires: UInt8 { 10 }
    static var authorization: UInt8 { 11 }
}
