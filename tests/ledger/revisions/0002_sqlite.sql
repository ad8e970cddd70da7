CREATE TABLE delivery (
	delivery_id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	bytes_read INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	last_line_number INTEGER NOT NULL, 
	lines INTEGER NOT NULL, 
	appended INTEGER NOT NULL, 
	duplicates INTEGER NOT NULL, 
	blank INTEGER NOT NULL, 
	oversize INTEGER NOT NULL, 
	first_position INTEGER, 
	last_position INTEGER, 
	started_at INTEGER NOT NULL, 
	ended_at INTEGER NOT NULL, 
	complete BOOLEAN NOT NULL, 
	PRIMARY KEY (delivery_id), 
	CONSTRAINT delivery_digest_has_32_bytes CHECK (length(digest) = 32), 
	CONSTRAINT delivery_kind_is_known CHECK (kind = 'telemetry' OR kind = 'inverter' OR kind = 'plant'), 
	CONSTRAINT delivery_counts_add_up CHECK (lines = appended + duplicates + blank)
);
CREATE TABLE log_head (
	id INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	root BLOB NOT NULL, 
	frontier BLOB NOT NULL, 
	recorded_at INTEGER NOT NULL, 
	event_time_max INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT log_head_is_one_row CHECK (id = 1), 
	CONSTRAINT log_head_root_has_32_bytes CHECK (length(root) = 32), 
	CONSTRAINT log_head_size_is_not_negative CHECK (size >= 0)
);
CREATE TABLE event_log (
	position INTEGER NOT NULL, 
	event_time INTEGER NOT NULL, 
	event_hash BLOB NOT NULL, 
	kind TEXT NOT NULL, 
	payload BLOB NOT NULL, 
	recorded_at INTEGER NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	line_number INTEGER NOT NULL, 
	leaf_hash BLOB NOT NULL, 
	PRIMARY KEY (position), 
	CONSTRAINT event_log_key UNIQUE (event_time, event_hash), 
	CONSTRAINT event_log_position_is_not_negative CHECK (position >= 0), 
	CONSTRAINT event_log_event_hash_has_32_bytes CHECK (length(event_hash) = 32), 
	CONSTRAINT event_log_leaf_hash_has_32_bytes CHECK (length(leaf_hash) = 32), 
	CONSTRAINT event_log_kind_is_known CHECK (kind = 'telemetry' OR kind = 'inverter' OR kind = 'plant' OR kind = 'delivery'), 
	FOREIGN KEY(delivery_id) REFERENCES delivery (delivery_id)
);
CREATE INDEX delivery_by_source ON delivery (source, delivery_id);
CREATE INDEX event_log_statements ON event_log (position) WHERE kind <> 'telemetry' AND kind <> 'delivery';
CREATE TRIGGER event_log_refuses_update BEFORE UPDATE ON event_log BEGIN SELECT RAISE(ABORT, 'the log is append-only: no UPDATE'); END;
CREATE TRIGGER event_log_refuses_delete BEFORE DELETE ON event_log BEGIN SELECT RAISE(ABORT, 'the log is append-only: no DELETE'); END;
CREATE TRIGGER event_log_refuses_replace BEFORE INSERT ON event_log WHEN NEW.position < (SELECT size FROM log_head)
OR (NEW.event_time <= (SELECT event_time_max FROM log_head)
AND EXISTS (SELECT 1 FROM event_log WHERE event_time = NEW.event_time AND event_hash = NEW.event_hash)) BEGIN SELECT RAISE(ABORT, 'the log is append-only: position or key taken'); END;
CREATE TRIGGER log_head_refuses_delete BEFORE DELETE ON log_head BEGIN SELECT RAISE(ABORT, 'the head of the log stays'); END;
CREATE TRIGGER log_head_refuses_replace BEFORE INSERT ON log_head WHEN EXISTS (SELECT 1 FROM log_head) BEGIN SELECT RAISE(ABORT, 'the log has one head'); END;
CREATE TRIGGER log_head_refuses_decrease BEFORE UPDATE ON log_head WHEN NEW.id <> OLD.id OR NEW.size < OLD.size
OR NEW.recorded_at < OLD.recorded_at OR NEW.event_time_max < OLD.event_time_max BEGIN SELECT RAISE(ABORT, 'the head of the log only grows'); END;
CREATE TRIGGER log_head_refuses_unstated BEFORE UPDATE OF size ON log_head WHEN NEW.size > OLD.size
AND NOT EXISTS (SELECT 1 FROM event_log WHERE position = NEW.size - 1 AND kind = 'delivery') BEGIN SELECT RAISE(ABORT, 'an append ends with the event that states its delivery'); END;
CREATE TRIGGER delivery_refuses_delete BEFORE DELETE ON delivery BEGIN SELECT RAISE(ABORT, 'deliveries are kept'); END;
CREATE TRIGGER delivery_refuses_replace BEFORE INSERT ON delivery WHEN EXISTS (SELECT 1 FROM delivery WHERE delivery_id = NEW.delivery_id) BEGIN SELECT RAISE(ABORT, 'deliveries are kept'); END;
CREATE TRIGGER delivery_refuses_renumbering BEFORE UPDATE ON delivery WHEN NEW.delivery_id <> OLD.delivery_id OR NEW.source <> OLD.source OR NEW.kind <> OLD.kind BEGIN SELECT RAISE(ABORT, 'a delivery keeps its number, source and kind'); END;
CREATE VIEW event_log_readable AS
SELECT position, event_log.kind, CASE WHEN event_time <> 0 THEN strftime('%Y-%m-%dT%H:%M:%S', (event_time - ((event_time % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || CASE ((event_time % 1000000 + 1000000) % 1000000) WHEN 0 THEN '' ELSE printf('.%06d', ((event_time % 1000000 + 1000000) % 1000000)) END || '+00:00' END AS event_time, lower(hex(event_hash)) AS "key",
  CASE WHEN 
CASE
  WHEN instr(payload, x'00') THEN 0
  WHEN CAST(payload AS TEXT) NOT GLOB '*[^' || char(1) || '-' || char(127) || ']*' THEN 1
  WHEN length(payload) > 4096 THEN 0
  ELSE (
    WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < length(CAST(payload AS TEXT)))
    SELECT CAST(group_concat(char(unicode(substr(CAST(payload AS TEXT), n, 1))), '') AS BLOB) = payload FROM place
  )
END THEN CAST(payload AS TEXT)
    WHEN substr(payload, 1, 15) = x'006f76657273697a655f6c696e6520' THEN CAST(substr(payload, 2) AS TEXT)
    ELSE 'hex:' || lower(hex(payload)) END AS payload,
  strftime('%Y-%m-%dT%H:%M:%S', (recorded_at - ((recorded_at % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch') || CASE ((recorded_at % 1000000 + 1000000) % 1000000) WHEN 0 THEN '' ELSE printf('.%06d', ((recorded_at % 1000000 + 1000000) % 1000000)) END || '+00:00' AS recorded_at, event_log.delivery_id, source, line_number, lower(hex(leaf_hash)) AS leaf
FROM event_log LEFT JOIN delivery USING (delivery_id);
PRAGMA application_id=1212501065;
PRAGMA user_version=2;
INSERT INTO log_head VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', x'', 0, -9223372036854775808);
