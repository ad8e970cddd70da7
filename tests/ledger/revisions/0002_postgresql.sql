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
  RETURN pg_catalog.convert_from(payload, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  RETURN pg_catalog.concat('hex:', pg_catalog.encode(payload, 'hex'));
END $$;
CREATE FUNCTION heliolog_check_events() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place text = quote_ident(TG_TABLE_SCHEMA);
  beyond bigint;
BEGIN
  EXECUTE concat('SELECT min(position) FROM ', place, '.event_log WHERE position >= (SELECT size FROM ', place, '.log_head)') INTO beyond;
  IF beyond IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = concat('position ', beyond, ' lies beyond the head of the log'),
      ERRCODE = 'restrict_violation', TABLE = 'event_log';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION heliolog_check_head() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found record;
BEGIN
  EXECUTE concat('SELECT count(*) AS events, max(event_time) AS latest, min(recorded_at) AS earliest, max(recorded_at) AS last,
    coalesce(bool_or(kind = ''delivery'' AND position = $2 - 1), false) AS stated
    FROM ', quote_ident(TG_TABLE_SCHEMA), '.event_log WHERE position >= $1 AND position < $2') INTO found USING OLD.size, NEW.size;
  IF found.events <> NEW.size - OLD.size THEN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
      MESSAGE = concat('the head of the log moves by ', NEW.size - OLD.size, ' events, and ', found.events, ' are there');
  END IF;
  IF NEW.size > OLD.size AND (found.earliest <> NEW.recorded_at OR found.last <> NEW.recorded_at
    OR NEW.event_time_max <> greatest(OLD.event_time_max, found.latest)) THEN
    RAISE EXCEPTION USING MESSAGE = 'the times in the head of the log are not those of the events', ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.size > OLD.size AND NOT found.stated THEN
    RAISE EXCEPTION USING MESSAGE = 'an append ends with the event that states its delivery', ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION heliolog_check_delivery() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place text = quote_ident(TG_TABLE_SCHEMA);
  following bigint;
BEGIN
  EXECUTE concat('SELECT 1 FROM ', place, '.log_head FOR UPDATE');
  EXECUTE concat('SELECT coalesce(max(delivery_id), 0) + 1 FROM ', place, '.delivery') INTO following;
  IF NEW.delivery_id <> following THEN
    RAISE EXCEPTION USING MESSAGE = concat('the next delivery has the number ', following), ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER event_log_refuses_update BEFORE UPDATE ON event_log EXECUTE FUNCTION heliolog_refuse('the log is append-only: no UPDATE');
CREATE TRIGGER event_log_refuses_delete BEFORE DELETE ON event_log EXECUTE FUNCTION heliolog_refuse('the log is append-only: no DELETE');
CREATE TRIGGER event_log_refuses_truncate BEFORE TRUNCATE ON event_log EXECUTE FUNCTION heliolog_refuse('the log is append-only: no TRUNCATE');
CREATE TRIGGER log_head_refuses_delete BEFORE DELETE ON log_head EXECUTE FUNCTION heliolog_refuse('the head of the log stays');
CREATE TRIGGER log_head_refuses_truncate BEFORE TRUNCATE ON log_head EXECUTE FUNCTION heliolog_refuse('the head of the log stays');
CREATE TRIGGER log_head_refuses_decrease BEFORE UPDATE ON log_head FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.size < OLD.size
OR NEW.recorded_at < OLD.recorded_at OR NEW.event_time_max < OLD.event_time_max) EXECUTE FUNCTION heliolog_refuse('the head of the log only grows');
CREATE TRIGGER log_head_refuses_change_without_events BEFORE UPDATE ON log_head FOR EACH ROW WHEN (NEW.size = OLD.size AND NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION heliolog_refuse('the head of the log moves only with events');
CREATE TRIGGER log_head_refuses_frontier BEFORE UPDATE ON log_head FOR EACH ROW WHEN (length(NEW.frontier) <> 32 * bit_count(int8send(NEW.size))) EXECUTE FUNCTION heliolog_refuse('the frontier is not that of a log of this size');
CREATE TRIGGER delivery_refuses_delete BEFORE DELETE ON delivery EXECUTE FUNCTION heliolog_refuse('deliveries are kept');
CREATE TRIGGER delivery_refuses_truncate BEFORE TRUNCATE ON delivery EXECUTE FUNCTION heliolog_refuse('deliveries are kept');
CREATE TRIGGER delivery_refuses_renumbering BEFORE UPDATE ON delivery FOR EACH ROW WHEN (NEW.delivery_id <> OLD.delivery_id OR NEW.source <> OLD.source
OR NEW.kind <> OLD.kind OR NEW.started_at <> OLD.started_at) EXECUTE FUNCTION heliolog_refuse('a delivery keeps its number, source, kind and beginning');
CREATE TRIGGER delivery_refuses_decrease BEFORE UPDATE ON delivery FOR EACH ROW WHEN (NEW.bytes_read < OLD.bytes_read OR NEW.last_line_number < OLD.last_line_number OR NEW.lines < OLD.lines OR NEW.appended < OLD.appended OR NEW.duplicates < OLD.duplicates OR NEW.blank < OLD.blank OR NEW.oversize < OLD.oversize OR NEW.last_position < OLD.last_position OR NEW.ended_at < OLD.ended_at
OR NEW.first_position <> OLD.first_position OR (OLD.first_position IS NOT NULL AND NEW.first_position IS NULL)
OR (OLD.last_position IS NOT NULL AND NEW.last_position IS NULL)) EXECUTE FUNCTION heliolog_refuse('what a delivery has brought only grows');
CREATE TRIGGER delivery_refuses_reopening BEFORE UPDATE ON delivery FOR EACH ROW WHEN (OLD.complete AND NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION heliolog_refuse('a delivery that is complete stays as it is');
CREATE TRIGGER event_log_refuses_beyond_head AFTER INSERT ON event_log
FOR EACH STATEMENT EXECUTE FUNCTION heliolog_check_events();
CREATE CONSTRAINT TRIGGER log_head_refuses_without_events AFTER UPDATE ON log_head
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heliolog_check_head();
CREATE TRIGGER delivery_refuses_other_number BEFORE INSERT ON delivery
FOR EACH ROW EXECUTE FUNCTION heliolog_check_delivery();
CREATE VIEW event_log_readable AS
SELECT position, event_log.kind, CASE WHEN event_time <> 0 THEN CASE WHEN event_time BETWEEN -62135596800000000 AND 253402300799999999 THEN to_char(timestamp '1970-01-01' + ((event_time - mod(mod(event_time, 1000000) + 1000000, 1000000)) / 1000000) * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') || CASE mod(mod(event_time, 1000000) + 1000000, 1000000) WHEN 0 THEN '' ELSE '.' || lpad(mod(mod(event_time, 1000000) + 1000000, 1000000)::text, 6, '0') END || '+00:00' END END AS event_time,
  encode(event_hash, 'hex') AS "key",
  CASE WHEN substr(payload, 1, 15) = '\x006f76657273697a655f6c696e6520' THEN heliolog_text(substr(payload, 2))
    ELSE heliolog_text(payload) END AS payload,
  CASE WHEN recorded_at BETWEEN -62135596800000000 AND 253402300799999999 THEN to_char(timestamp '1970-01-01' + ((recorded_at - mod(mod(recorded_at, 1000000) + 1000000, 1000000)) / 1000000) * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') || CASE mod(mod(recorded_at, 1000000) + 1000000, 1000000) WHEN 0 THEN '' ELSE '.' || lpad(mod(mod(recorded_at, 1000000) + 1000000, 1000000)::text, 6, '0') END || '+00:00' END AS recorded_at, event_log.delivery_id, source, line_number, encode(leaf_hash, 'hex') AS leaf
FROM event_log LEFT JOIN delivery USING (delivery_id);
CREATE TABLE heliolog_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE heliolog_turn ();
INSERT INTO log_head VALUES (1, 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '', 0, -9223372036854775808);
INSERT INTO heliolog_version VALUES ('0002');
