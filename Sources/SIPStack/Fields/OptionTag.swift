/// The option tags of the extensions that this stack speaks (RFC 3261 §27.1).
public enum OptionTag {
    /// RFC 3262.
    public static let reliableProvisional = "100rel"
    /// RFC 4028.
    public static let timer = "timer"
    /// RFC 3891.
    public static let replaces = "replaces"
    /// RFC 3327.
    public static let path = "path"
    /// RFC 5626.
    public static let outbound = "outbound"
    /// RFC 5627.
    public static let gruu = "gruu"
    /// RFC 4488.
    public static let noReferSubscription = "norefersub"
    /// RFC 4538.
    public static let targetDialog = "tdialog"
    /// RFC 4916.
    public static let fromChange = "from-change"
    /// RFC 7044.
    public static let historyInfo = "histinfo"
    /// RFC 3323.
    public static let privacy = "privacy"
    /// RFC 3911.
    public static let join = "join"
    /// RFC 4662.
    public static let eventList = "eventlist"
}
