import GRDB

/// The tables, as numbered steps that never change once released.
///
/// The domain stands first in every key. IDs are never used again (AUTOINCREMENT): call records
/// name them for ever. Times are UTC microseconds since 1970. History names extensions without a
/// foreign key, so that it outlives them.
///
/// Statements about one call say `INDEXED BY`: left to itself SQLite reads all calls of the domain by
/// the primary key, which it takes for the better index while it has no statistics.
enum StoreSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 directory") { try $0.execute(sql: directory) }
        migrator.registerMigration("2 bindings and dialogs") { try $0.execute(sql: presence) }
        migrator.registerMigration("3 calls") { try $0.execute(sql: calls) }
        migrator.registerMigration("4 revisions") { try $0.execute(sql: revisions) }
        migrator.registerMigration("5 bindings of devices") {
            try $0.execute(
                sql: """
                    UPDATE binding SET name = 'device ' || device_id || ' ' || name
                    WHERE device_id IS NOT NULL
                    """)
        }
        migrator.registerMigration("6 trunks") { try $0.execute(sql: trunks) }
        migrator.registerMigration("7 media ports") { try $0.execute(sql: mediaPorts) }
        migrator.registerMigration("8 faxes") { try $0.execute(sql: faxes) }
        migrator.registerMigration("9 secrets") { try $0.execute(sql: secrets) }
        migrator.registerMigration("10 voice quality") { try $0.execute(sql: voiceQuality) }
        migrator.registerMigration("11 party score") {
            try $0.execute(sql: "ALTER TABLE call_leg ADD COLUMN party_score INTEGER")
        }
        return migrator
    }

    private static let directory = """
        CREATE TABLE person (
            person_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            name TEXT NOT NULL,
            email TEXT,
            pin_hash TEXT,
            must_change_pin INTEGER NOT NULL,
            UNIQUE (domain, person_id)
        ) STRICT;
        CREATE TABLE extension_group (
            group_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            name TEXT NOT NULL,
            UNIQUE (domain, group_id),
            UNIQUE (domain, name)
        ) STRICT;
        CREATE TABLE extension (
            extension_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            number TEXT NOT NULL,
            person_id INTEGER NOT NULL,
            group_id INTEGER,
            ringing_seconds INTEGER NOT NULL CHECK (ringing_seconds BETWEEN 5 AND 300),
            UNIQUE (domain, extension_id),
            UNIQUE (domain, number),
            FOREIGN KEY (domain, person_id) REFERENCES person (domain, person_id),
            FOREIGN KEY (domain, group_id) REFERENCES extension_group (domain, group_id)
        ) STRICT;
        CREATE INDEX extension_by_person ON extension (domain, person_id);
        CREATE INDEX extension_by_group ON extension (domain, group_id);
        CREATE TABLE device (
            device_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            extension_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            auth_name TEXT NOT NULL,
            realm TEXT NOT NULL,
            ha1_md5 TEXT NOT NULL,
            ha1_sha256 TEXT NOT NULL,
            instance_id TEXT,
            policy TEXT,
            UNIQUE (domain, device_id),
            UNIQUE (domain, auth_name),
            FOREIGN KEY (domain, extension_id) REFERENCES extension (domain, extension_id)
        ) STRICT;
        CREATE INDEX device_by_extension ON device (domain, extension_id);
        CREATE TABLE number (
            number_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            extension_id INTEGER NOT NULL,
            use TEXT NOT NULL,
            text TEXT NOT NULL,
            type TEXT NOT NULL,
            e164 TEXT,
            UNIQUE (domain, number_id),
            UNIQUE (domain, use, text, extension_id),
            FOREIGN KEY (domain, extension_id) REFERENCES extension (domain, extension_id)
        ) STRICT;
        CREATE INDEX number_by_extension ON number (domain, extension_id);
        """

    private static let presence = """
        CREATE TABLE binding (
            domain TEXT NOT NULL,
            extension_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            device_id INTEGER,
            contact TEXT NOT NULL,
            path TEXT NOT NULL,
            transport TEXT NOT NULL,
            listener INTEGER NOT NULL,
            local TEXT NOT NULL,
            remote TEXT NOT NULL,
            connection INTEGER NOT NULL,
            is_connection_bound INTEGER NOT NULL,
            instance_id TEXT,
            reg_id INTEGER,
            q INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            sip_call_id TEXT NOT NULL,
            cseq INTEGER NOT NULL,
            user_agent TEXT,
            registered_at INTEGER NOT NULL,
            PRIMARY KEY (domain, extension_id, name),
            FOREIGN KEY (domain, extension_id) REFERENCES extension (domain, extension_id)
                ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE dialog (
            domain TEXT NOT NULL,
            leg_id TEXT NOT NULL,
            call_id TEXT NOT NULL,
            sip_call_id TEXT NOT NULL,
            local_tag TEXT NOT NULL,
            remote_tag TEXT NOT NULL,
            local_uri TEXT NOT NULL,
            remote_uri TEXT NOT NULL,
            remote_target TEXT NOT NULL,
            route_set TEXT NOT NULL,
            transport TEXT NOT NULL,
            listener INTEGER NOT NULL,
            local TEXT NOT NULL,
            remote TEXT NOT NULL,
            connection INTEGER NOT NULL,
            local_cseq INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (domain, leg_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX dialog_by_call ON dialog (domain, call_id);
        """

    private static let calls = """
        CREATE TABLE call (
            domain TEXT NOT NULL,
            call_id TEXT NOT NULL,
            linked_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            caller TEXT NOT NULL,
            caller_type TEXT NOT NULL,
            caller_e164 TEXT,
            caller_name TEXT,
            caller_extension_id INTEGER,
            callee TEXT NOT NULL,
            callee_type TEXT NOT NULL,
            callee_e164 TEXT,
            callee_extension_id INTEGER,
            started_at INTEGER NOT NULL,
            answered_at INTEGER,
            ended_at INTEGER,
            end_reason TEXT,
            PRIMARY KEY (domain, call_id),
            CHECK ((ended_at IS NULL) = (end_reason IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX call_open ON call (domain, call_id) WHERE ended_at IS NULL;
        CREATE INDEX call_by_link ON call (domain, linked_id);
        CREATE TABLE call_leg (
            domain TEXT NOT NULL,
            leg_id TEXT NOT NULL,
            call_id TEXT NOT NULL,
            role TEXT NOT NULL,
            party TEXT NOT NULL,
            party_type TEXT NOT NULL,
            party_e164 TEXT,
            extension_id INTEGER,
            device_id INTEGER,
            contact TEXT,
            sip_call_id TEXT,
            started_at INTEGER NOT NULL,
            answered_at INTEGER,
            ended_at INTEGER,
            end_reason TEXT,
            status INTEGER,
            codec TEXT,
            packets_received INTEGER NOT NULL,
            packets_sent INTEGER NOT NULL,
            bytes_received INTEGER NOT NULL,
            bytes_sent INTEGER NOT NULL,
            packets_lost INTEGER NOT NULL,
            strangers_dropped INTEGER NOT NULL,
            PRIMARY KEY (domain, leg_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX call_leg_by_call ON call_leg (domain, call_id);
        CREATE INDEX call_leg_open ON call_leg (domain, leg_id) WHERE ended_at IS NULL;
        CREATE TABLE call_event (
            event_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            call_id TEXT NOT NULL,
            linked_id TEXT NOT NULL,
            leg_id TEXT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            detail TEXT
        ) STRICT;
        CREATE INDEX call_event_by_link ON call_event (domain, linked_id);
        CREATE TRIGGER call_event_stays BEFORE UPDATE ON call_event
        BEGIN SELECT RAISE(ABORT, 'call_event is append-only'); END;
        """

    private static let trunks = """
        CREATE TABLE trunk (
            trunk_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            name TEXT NOT NULL,
            settings TEXT NOT NULL,
            password TEXT,
            UNIQUE (domain, trunk_id),
            UNIQUE (domain, name)
        ) STRICT;
        CREATE TABLE outbound_rule (
            rule_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain TEXT NOT NULL,
            prefix TEXT NOT NULL,
            strip INTEGER NOT NULL,
            prepend TEXT NOT NULL,
            trunks TEXT NOT NULL,
            UNIQUE (domain, rule_id),
            UNIQUE (domain, prefix)
        ) STRICT;
        """

    private static let revisions = """
        CREATE TABLE revision (
            domain TEXT NOT NULL,
            number INTEGER NOT NULL,
            author TEXT NOT NULL,
            at INTEGER NOT NULL,
            comment TEXT NOT NULL,
            undoes INTEGER,
            forward TEXT NOT NULL,
            inverse TEXT NOT NULL,
            PRIMARY KEY (domain, number)
        ) STRICT;
        """

    private static let faxes = """
        CREATE TABLE fax (
            domain TEXT NOT NULL,
            call_id TEXT NOT NULL,
            at INTEGER NOT NULL,
            caller TEXT NOT NULL,
            number TEXT NOT NULL,
            sender TEXT NOT NULL,
            page_count INTEGER NOT NULL,
            bit_rate INTEGER NOT NULL,
            is_image INTEGER NOT NULL,
            is_complete INTEGER NOT NULL,
            words TEXT NOT NULL,
            file TEXT,
            PRIMARY KEY (domain, call_id)
        ) STRICT, WITHOUT ROWID;
        """

    /// What the exchange drew once for itself.
    private static let secrets = """
        CREATE TABLE secret (
            domain TEXT NOT NULL,
            name TEXT NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (domain, name)
        ) STRICT;
        """

    /// Microseconds and hundredths.
    private static let voiceQuality = """
        ALTER TABLE call_leg ADD COLUMN jitter INTEGER;
        ALTER TABLE call_leg ADD COLUMN round_trip INTEGER;
        ALTER TABLE call_leg ADD COLUMN score INTEGER;
        """

    /// How far the ports were given, by the place of their network in the configuration.
    private static let mediaPorts = """
        CREATE TABLE media_ports (
            domain TEXT NOT NULL,
            network INTEGER NOT NULL,
            reached INTEGER NOT NULL,
            PRIMARY KEY (domain, network)
        ) STRICT;
        """
}
