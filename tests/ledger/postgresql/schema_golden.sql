CREATE TABLE delivery (
	delivery_id BIGINT NOT NULL,
	source TEXT NOT NULL,
	kind TEXT NOT NULL,
	bytes_read BIGINT NOT NULL,
	digest BYTEA NOT NULL,
	last_line_number BIGINT NOT NULL,
	lines BIGINT NOT NULL,
	appended BIGINT NOT NULL,
	duplicates BIGINT NOT NULL,
	blank BIGINT NOT NULL,
	oversize BIGINT NOT NULL,
	first_position BIGINT,
	last_position BIGINT,
	started_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	complete BOOLEAN NOT NULL,
	PRIMARY KEY (delivery_id),
	CONSTRAINT delivery_digest_has_32_bytes CHECK (length(digest) = 32),
	CONSTRAINT delivery_kind_is_known CHECK (kind = 'telemetry' OR kind = 'inverter' OR kind = 'plant'),
	CONSTRAINT delivery_counts_add_up CHECK (lines = appended + duplicates + blank)
);
CREATE TABLE log_head (
	id BIGINT NOT NULL,
	size BIGINT NOT NULL,
	root BYTEA NOT NULL,
	frontier BYTEA NOT NULL,
	recorded_at BIGINT NOT NULL,
	event_time_max BIGINT NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT log_head_is_one_row CHECK (id = 1),
	CONSTRAINT log_head_root_has_32_bytes CHECK (length(root) = 32),
	CONSTRAINT log_head_size_is_not_negative CHECK (size >= 0)
);
CREATE TABLE event_log (
	position BIGINT NOT NULL,
	event_time BIGINT NOT NULL,
	event_hash BYTEA NOT NULL,
	kind TEXT NOT NULL,
	payload BYTEA NOT NULL,
	recorded_at BIGINT NOT NULL,
	delivery_id BIGINT NOT NULL,
	line_number BIGINT NOT NULL,
	leaf_hash BYTEA NOT NULL,
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
CREATE FUNCTION heliolog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION heliolog_text(payload bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN convert_from(payload, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  RETURN 'hex:' || encode(payload, 'hex');
END $$;
CREATE TRIGGER event_log_refuses_update BEFORE UPDATE ON event_log EXECUTE FUNCTION heliolog_refuse('the log is append-only: no UPDATE');
CREATE TRIGGER event_log_refuses_delete BEFORE DELETE ON event_log EXECUTE FUNCTION heliolog_refuse('the log is append-only: no DELETE');
CREATE TRIGGER event_log_refuses_truncate BEFORE TRUNCATE ON event_log EXECUTE FUNCTION heliolog_refuse('the log is append-only: no TRUNCATE');
CREATE TRIGGER log_head_refuses_delete BEFORE DELETE ON log_head EXECUTE FUNCTION heliolog_refuse('the head of the log stays');
CREATE TRIGGER log_head_refuses_truncate BEFORE TRUNCATE ON log_head EXECUTE FUNCTION heliolog_refuse('the head of the log stays');
CREATE TRIGGER log_head_refuses_decrease BEFORE UPDATE ON log_head FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.size < OLD.size
OR NEW.recorded_at < OLD.recorded_at OR NEW.event_time_max < OLD.event_time_max) EXECUTE FUNCTION heliolog_refuse('the head of the log only grows');
CREATE TRIGGER delivery_refuses_delete BEFORE DELETE ON delivery EXECUTE FUNCTION heliolog_refuse('deliveries are kept');
CREATE TRIGGER delivery_refuses_truncate BEFORE TRUNCATE ON delivery EXECUTE FUNCTION heliolog_refuse('deliveries are kept');
CREATE TRIGGER delivery_refuses_renumbering BEFORE UPDATE ON delivery FOR EACH ROW
WHEN (NEW.delivery_id <> OLD.delivery_id OR NEW.source <> OLD.source OR NEW.kind <> OLD.kind) EXECUTE FUNCTION heliolog_refuse('a delivery keeps its number, source and kind');
CREATE VIEW event_log_readable AS
SELECT position, event_log.kind, CASE WHEN event_time <> 0 THEN CASE WHEN event_time BETWEEN -62135596800000000 AND 253402300799999999 THEN to_char(timestamp '1970-01-01' + ((event_time - mod(mod(event_time, 1000000) + 1000000, 1000000)) / 1000000) * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') || CASE mod(mod(event_time, 1000000) + 1000000, 1000000) WHEN 0 THEN '' ELSE '.' || lpad(mod(mod(event_time, 1000000) + 1000000, 1000000)::text, 6, '0') END || '+00:00' END END AS event_time,
  encode(event_hash, 'hex') AS "key",
  CASE WHEN substr(payload, 1, 15) = '\x006f76657273697a655f6c696e6520' THEN heliolog_text(substr(payload, 2))
    ELSE heliolog_text(payload) END AS payload,
  CASE WHEN recorded_at BETWEEN -62135596800000000 AND 253402300799999999 THEN to_char(timestamp '1970-01-01' + ((recorded_at - mod(mod(recorded_at, 1000000) + 1000000, 1000000)) / 1000000) * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') || CASE mod(mod(recorded_at, 1000000) + 1000000, 1000000) WHEN 0 THEN '' ELSE '.' || lpad(mod(mod(recorded_at, 1000000) + 1000000, 1000000)::text, 6, '0') END || '+00:00' END AS recorded_at, event_log.delivery_id, source, line_number, encode(leaf_hash, 'hex') AS leaf
FROM event_log LEFT JOIN delivery USING (delivery_id);
CREATE TABLE heliolog_version (version_num varchar(32) PRIMARY KEY);
